import Domain

/// What is to be told of one watch: its events, each with its JSON.
struct WatchNews: Sendable {
    let watch: WatchID
    let events: [(event: RealtimeEvent, json: [UInt8])]

    /// What it takes to tell, about.
    var size: Int { events.reduce(0) { $0 + $1.json.count + 40 } }
}

/// The newest news of every watch of late, in chunks in the order in which they are told, so that a client that hears
/// everything costs one number, however far behind it is: that of the chunk it is to hear next.
///
///     chunk 7       chunk 8       chunk 9       ◄── end: 10, for who has heard all
///     a   c         d   e   f     b   g
///         ▲ b was here until there was newer news of it
///
/// A watch stands in one chunk, the one with its newest news, so the whole is never more than one state of each watch;
/// who is behind hears the latest of each and nothing that was overtaken. `Bundle` is a chunk as it is sent.
struct NewsReel<Bundle: Sendable>: Sendable {
    /// So much is sent in one piece.
    static var chunkBytes: Int { 48_000 }

    private struct Chunk: Sendable {
        var watches: [WatchID] = []
        /// The news of `watches`; nil when it was given up to save memory.
        var news: [WatchNews]? = []
        var size = 0
        /// The news as it is sent, once somebody wants it.
        var bundle: Bundle?
        /// Whether somebody waits for news that was given up.
        var isWanted = false
    }

    private let bundle: @Sendable ([WatchNews]) -> Bundle
    private var chunks: [Chunk] = []
    /// The number of the first chunk that is there.
    private(set) var start: UInt64 = 0
    /// In which chunk each watch stands.
    private var places: [WatchID: UInt64] = [:]
    private(set) var bytes = 0

    init(bundle: @escaping @Sendable ([WatchNews]) -> Bundle) {
        self.bundle = bundle
    }

    /// The number of the next chunk that will be: for who has heard all that there is.
    var end: UInt64 { start + UInt64(chunks.count) }

    /// Whether who is to hear chunk `next` is behind.
    func owes(_ next: UInt64) -> Bool {
        chunks.dropFirst(index(next)).contains { !$0.watches.isEmpty }
    }

    /// Adds news that is newer than all that is here.
    mutating func append(_ news: [WatchNews]) {
        // What may have been told is never added to.
        var isBegun = false
        for one in news {
            remove(one.watch)
            if !isBegun || chunks[chunks.count - 1].size + one.size > Self.chunkBytes {
                chunks.append(Chunk())
                isBegun = true
            }
            let last = chunks.count - 1
            chunks[last].watches.append(one.watch)
            chunks[last].news?.append(one)
            chunks[last].size += one.size
            bytes += one.size
            places[one.watch] = end - 1
        }
    }

    /// Takes what comes next for who is to hear chunk `next`, at most `most` bytes or one chunk if `orOne`, and moves
    /// `next` on.
    mutating func take(_ next: inout UInt64, most: Int, orOne: Bool) -> [Bundle] {
        var taken: [Bundle] = []
        var room = most
        next = max(next, start)
        while next < end {
            let place = index(next)
            if !chunks[place].watches.isEmpty {
                guard chunks[place].size <= room || (orOne && taken.isEmpty) else { break }
                guard let bundle = prepared(place) else { break }
                room -= chunks[place].size
                taken.append(bundle)
            }
            next += 1
        }
        return taken
    }

    private mutating func prepared(_ place: Int) -> Bundle? {
        if let ready = chunks[place].bundle { return ready }
        guard let news = chunks[place].news else {
            chunks[place].isWanted = true
            return nil
        }
        let made = bundle(news)
        chunks[place].bundle = made
        return made
    }

    private func index(_ number: UInt64) -> Int { number <= start ? 0 : Int(min(number, end) - start) }

    private mutating func remove(_ watch: WatchID) {
        guard let number = places.removeValue(forKey: watch), number >= start else { return }
        let place = index(number)
        guard let spot = chunks[place].watches.firstIndex(of: watch) else { return }
        chunks[place].watches.remove(at: spot)
        chunks[place].bundle = nil
        guard let gone = chunks[place].news?.remove(at: spot) else { return }
        chunks[place].size -= gone.size
        bytes -= gone.size
    }
}

// MARK: what is kept

extension NewsReel {
    /// Lets go of what comes before chunk `number`: everybody has heard it.
    mutating func forget(before number: UInt64) {
        while start < number, let first = chunks.first {
            for watch in first.watches { places[watch] = nil }
            bytes -= first.size
            chunks.removeFirst()
            start += 1
        }
    }

    /// Gives up the news of the oldest chunks until no more than `most` bytes are kept; their watches are not
    /// forgotten.
    mutating func giveUp(keeping most: Int) {
        var place = 0
        while bytes > most, place < chunks.count {
            if chunks[place].news != nil, !chunks[place].watches.isEmpty {
                bytes -= chunks[place].size
                chunks[place].news = nil
                chunks[place].bundle = nil
                chunks[place].size = 0
            }
            place += 1
        }
    }

    /// The first chunk that somebody waits for and whose news was given up, with its watches.
    var wanted: (number: UInt64, watches: [WatchID])? {
        guard let place = chunks.firstIndex(where: \.isWanted) else { return nil }
        return (start + UInt64(place), chunks[place].watches)
    }

    /// Puts news into a chunk that was wanted, for those of its watches that still stand there.
    mutating func fill(_ number: UInt64, with news: [WatchNews]) {
        guard number >= start, number < end else { return }
        let place = index(number)
        let standing = Set(chunks[place].watches)
        let kept = news.filter { standing.contains($0.watch) }
        for watch in standing.subtracting(kept.map(\.watch)) { places[watch] = nil }
        chunks[place].isWanted = false
        chunks[place].watches = kept.map(\.watch)
        chunks[place].news = kept
        chunks[place].bundle = nil
        chunks[place].size = kept.reduce(0) { $0 + $1.size }
        bytes += chunks[place].size
    }
}
