/// The elements that are open, outermost first; never more than `MarkupParser.depthLimit`.
///
/// Whoever makes one calls `free` once.
/// Safety: the memory has room for `limit` elements; `append` refuses more, and a place outside of `0..<count` stops
/// the program in debug builds, as an array would. An array asks at each change whether it is shared, which costs more
/// than the change.
struct OpenElements: RandomAccessCollection, MutableCollection {
    struct Element {
        var name: TagName
        var traits: TagTraits
        /// Its end tag came while an inner element was open; it ends with that one.
        var isOver = false
    }

    private let base: UnsafeMutablePointer<Element>
    private let limit: Int
    private(set) var count = 0

    init(limit: Int) {
        self.limit = limit
        base = .allocate(capacity: limit)
    }

    func free() { base.deallocate() }

    var startIndex: Int { 0 }
    var endIndex: Int { count }

    subscript(place: Int) -> Element {
        @inline(__always) get {
            assert(place >= 0 && place < count)
            return base[place]
        }
        @inline(__always) set {
            assert(place >= 0 && place < count)
            base[place] = newValue
        }
    }

    @inline(__always)
    var last: Element? { count > 0 ? base[count - 1] : nil }

    @inline(__always)
    mutating func append(_ element: Element) {
        guard count < limit else { return }
        (base + count).initialize(to: element)
        count += 1
    }

    @inline(__always)
    mutating func popLast() -> Element? {
        guard count > 0 else { return nil }
        count -= 1
        return base[count]
    }
}

/// How many open elements have a name whose number ends in a byte, so that most vain end tags cost nothing.
///
/// Whoever makes one calls `free` once.
/// Safety: 256 places, and every index is a byte.
struct OpenNames {
    private let counts: UnsafeMutablePointer<UInt16>

    init() {
        counts = .allocate(capacity: 256)
        counts.initialize(repeating: 0, count: 256)
    }

    func free() { counts.deallocate() }

    @inline(__always)
    func has(_ byte: UInt8) -> Bool { counts[Int(byte)] > 0 }

    @inline(__always)
    func has(_ name: TagName) -> Bool { has(UInt8(truncatingIfNeeded: name.key)) }

    @inline(__always)
    func add(_ name: TagName) { counts[Int(UInt8(truncatingIfNeeded: name.key))] &+= 1 }

    @inline(__always)
    func remove(_ name: TagName) { counts[Int(UInt8(truncatingIfNeeded: name.key))] &-= 1 }
}
