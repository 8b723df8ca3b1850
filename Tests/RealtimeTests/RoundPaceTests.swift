import Testing

@testable import Realtime

@Suite("When clients are told")
struct RoundPaceTests {
    /// The moments at which rounds begin, in milliseconds, when news come at these.
    private func rounds(_ news: [(at: Int, isUrgent: Bool)]) -> [Int] {
        var pace = RoundPace()
        var (begun, waiting, isUrgent): ([Int], Bool, Bool) = ([], false, false)
        for now in 0..<3000 {
            for one in news where one.at == now {
                waiting = true
                isUrgent = isUrgent || one.isUrgent
            }
            guard waiting, pace.wait(isUrgent: isUrgent, at: .milliseconds(now)) == nil else { continue }
            pace.begin(at: .milliseconds(now))
            begun.append(now)
            (waiting, isUrgent) = (false, false)
        }
        return begun
    }

    @Test("the beginning of a check and its end are told at once, each")
    func check() {
        #expect(rounds([(10, false), (15, false), (17, true)]) == [10, 17])
        #expect(rounds([(10, false), (13, true), (500, false), (504, true)]) == [10, 13, 500, 504])
    }

    @Test("what follows on a beginning waits for the window's end")
    func gathered() {
        #expect(rounds([(0, false), (1, false), (50, false), (99, false)]) == [0, 100])
    }

    @Test("what somebody waits for has a window to wait at most, when others were told at once just before")
    func afterOthers() {
        #expect(rounds([(0, false), (3, true), (5, true)]) == [0, 3, 100])
        #expect(rounds([(0, true), (1, true), (150, true)]) == [0, 1, 150])
    }

    @Test("under load there are ten rounds a second, and one more for the credit", arguments: [false, true])
    func load(isUrgent: Bool) {
        let begun = rounds((0..<2000).map { ($0, isUrgent) })
        let inSecond = begun.count { $0 < 1000 }
        #expect(inSecond == (isUrgent ? 11 : 10))
        #expect(begun.count { (1000..<2000).contains($0) } == 10)
    }
}
