import TestSupport
import Testing

@testable import Monitor

@Suite("The alarm")
struct AlarmTests {
    @Test("a sleep ends when its time is over, again and again")
    func time() async {
        let clock = ManualClock()
        let alarm = Alarm()
        for _ in 0..<3 {
            async let sleep: Void = alarm.sleep(.seconds(1), on: clock)
            await clock.sleepers(1)
            clock.advance(by: .seconds(1))
            await sleep
        }
    }

    @Test("a ring ends a sleep, and a ring before it ends the next at once")
    func ring() async {
        let clock = ManualClock()
        let alarm = Alarm()
        async let sleep: Void = alarm.sleep(.seconds(1), on: clock)
        await clock.sleepers(1)
        alarm.ring()
        await sleep
        alarm.ring()
        alarm.ring()
        await alarm.sleep(.seconds(1), on: clock)
        // The rings are used up: this sleep needs its time.
        async let last: Void = alarm.sleep(.seconds(7), on: clock)
        await clock.sleepers(1)
        clock.advance(by: .seconds(7))
        await last
    }

    @Test("cancelling ends a sleep")
    func cancelled() async {
        let clock = ManualClock()
        let alarm = Alarm()
        let sleeper = Task { await alarm.sleep(.seconds(1), on: clock) }
        await clock.sleepers(1)
        sleeper.cancel()
        await sleeper.value
    }
}
