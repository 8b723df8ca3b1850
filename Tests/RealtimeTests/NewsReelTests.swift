import Domain
import SocketTestKit
import Testing

@testable import Realtime

/// What those who hear everything are told, as a value.
@Suite("The newest news of every watch")
struct NewsReelTests {
    private typealias Reel = NewsReel<[String]>

    private func reel() -> Reel {
        Reel { news in news.map { String(decoding: $0.events[0].json, as: UTF8.self) } }
    }

    /// News of a watch, of this many bytes.
    private func news(_ watch: WatchID, _ text: String, size: Int = 0) -> WatchNews {
        let json = Array(text.utf8) + Array(repeating: UInt8(ascii: " "), count: max(0, size - text.utf8.count))
        return WatchNews(watch: watch, events: [(.watchUpdate, json)])
    }

    private func texts(_ bundles: [[String]]) -> [String] {
        bundles.flatMap { $0 }.map { String($0.prefix { $0 != " " }) }
    }

    @Test("who has heard all hears what comes then, and who comes later nothing from before")
    func following() {
        var reel = reel()
        let (a, b) = (WatchID(), WatchID())
        var early = reel.end
        reel.append([news(a, "a1"), news(b, "b1")])
        var late = reel.end
        #expect(reel.owes(early))
        #expect(!reel.owes(late))
        #expect(texts(reel.take(&early, most: 100_000, orOne: false)) == ["a1", "b1"])
        #expect(reel.take(&late, most: 100_000, orOne: false).isEmpty)
        reel.append([news(b, "b2")])
        #expect(texts(reel.take(&early, most: 100_000, orOne: false)) == ["b2"])
        #expect(texts(reel.take(&late, most: 100_000, orOne: false)) == ["b2"])
        #expect(!reel.owes(early))
    }

    @Test("who is behind hears the latest of each watch and nothing that was overtaken")
    func behind() {
        var reel = reel()
        let (a, b, c) = (WatchID(), WatchID(), WatchID())
        var place = reel.end
        reel.append([news(a, "a1"), news(b, "b1")])
        reel.append([news(a, "a2"), news(c, "c1")])
        reel.append([news(a, "a3")])
        #expect(texts(reel.take(&place, most: 100_000, orOne: false)) == ["b1", "c1", "a3"])
        #expect(!reel.owes(place))
    }

    @Test("what everybody has overtaken is owed to nobody")
    func overtaken() {
        var reel = reel()
        let a = WatchID()
        let place = reel.end
        reel.append([news(a, "a1")])
        let after = reel.end
        #expect(!reel.owes(after))
        reel.append([news(a, "a2")])
        #expect(reel.owes(place))
        var next = place
        #expect(texts(reel.take(&next, most: 100_000, orOne: false)) == ["a2"])
    }

    @Test(
        "no more is taken than there is room for, in whole chunks",
        arguments: [
            // Room, whether one chunk is taken in any case, and how many of ten chunks come.
            (0, false, 0), (0, true, 1), (47_000, false, 0), (48_000, false, 1), (100_000, false, 2),
            (100_000, true, 2), (10_000_000, false, 10),
        ])
    func room(most: Int, orOne: Bool, chunks: Int) {
        var reel = reel()
        var place = reel.end
        // Four to a chunk: with what surrounds them a little less than 48,000 bytes.
        reel.append((0..<40).map { news(WatchID(), "\($0)", size: 11_900) })
        let taken = reel.take(&place, most: most, orOne: orOne)
        #expect(taken.count == chunks)
        #expect(place == UInt64(chunks))
        #expect(taken.allSatisfy { $0.count == 4 })
    }

    @Test("what all have heard is forgotten; the next chunk has its number all the same")
    func forgetting() {
        var reel = reel()
        let (a, b) = (WatchID(), WatchID())
        reel.append([news(a, "a1", size: 1_000)])
        reel.append([news(b, "b1", size: 1_000)])
        reel.forget(before: 1)
        #expect((reel.start, reel.end) == (1, 2))
        #expect(reel.bytes < 1_100)
        reel.append([news(a, "a2")])
        // One who was gone from before is not told what nobody knows any more.
        var place: UInt64 = 0
        #expect(texts(reel.take(&place, most: 100_000, orOne: false)) == ["b1", "a2"])
        reel.forget(before: reel.end)
        #expect(reel.bytes == 0)
        #expect(!reel.owes(0))
    }

    @Test("what is given up to save memory comes back by its names, but for watches that are gone or were told since")
    func givingUp() throws {
        var reel = reel()
        let (a, b, c) = (WatchID(), WatchID(), WatchID())
        var place = reel.end
        reel.append([news(a, "a1", size: 1_000), news(b, "b1", size: 1_000), news(c, "c1", size: 1_000)])
        reel.append([news(WatchID(), "d1")])
        reel.giveUp(keeping: 500)
        #expect(reel.bytes < 500)
        #expect(reel.owes(place))
        #expect(reel.take(&place, most: 100_000, orOne: true).isEmpty, "it waits for what was given up")
        let wanted = try #require(reel.wanted)
        #expect(wanted.watches == [a, b, c])
        reel.append([news(a, "a2")])
        reel.fill(wanted.number, with: [news(a, "a1 again"), news(b, "b1 again")])
        #expect(reel.wanted == nil)
        #expect(texts(reel.take(&place, most: 100_000, orOne: false)) == ["b1", "d1", "a2"])
        #expect(!reel.owes(place))
    }

    @Test(
        "however slowly somebody hears, no watch goes back in time, and in the end each is as it is", arguments: 1...50)
    func anyPace(number: UInt64) {
        var random = SeededRandom(seed: number)
        var reel = reel()
        let watches = (0..<30).map { _ in WatchID() }
        var versions: [WatchID: Int] = [:]
        var listeners = (0..<6).map { _ in (place: reel.end, known: [Int: Int]()) }
        func hear(_ listener: Int, _ most: Int) {
            for text in texts(reel.take(&listeners[listener].place, most: most, orOne: Bool.random(using: &random))) {
                let parts = text.split(separator: ":").compactMap { Int($0) }
                #expect(parts[1] > listeners[listener].known[parts[0]] ?? 0, "an older state")
                listeners[listener].known[parts[0]] = parts[1]
            }
        }
        func refill() {
            while let wanted = reel.wanted { reel.fill(wanted.number, with: wanted.watches.map(latest)) }
        }
        func latest(_ watch: WatchID) -> WatchNews {
            news(watch, "\(watches.firstIndex(of: watch) ?? 0):\(versions[watch] ?? 0)", size: 9_000)
        }
        for _ in 0..<200 {
            let some = watches.shuffled(using: &random).prefix(Int.random(in: 0...12, using: &random))
            for watch in some { versions[watch, default: 0] += 1 }
            reel.append(some.map(latest))
            for listener in 0..<5 { hear(listener, Int.random(in: 0...120_000, using: &random)) }
            refill()
            reel.forget(before: listeners.map(\.place).min() ?? 0)
            reel.giveUp(keeping: 100_000)
            #expect(reel.bytes <= 100_000)
        }
        for listener in listeners.indices {
            while reel.owes(listeners[listener].place) {
                refill()
                hear(listener, 10_000_000)
            }
            for (place, watch) in watches.enumerated() {
                #expect(listeners[listener].known[place] == versions[watch], "seed \(number), listener \(listener)")
            }
        }
    }
}
