import Synchronization

/// How much memory the program may use, how much it uses, and whether there is room for more.
///
///     none ──80 % used──► high: what needs much is put off ──all used──► critical: only health is answered
///
/// It measures when it is asked, at most ten times a second, so that asking costs nothing where many ask. Nothing is
/// taken from anybody: whoever is about to need much asks first, and waits or says no when there is no room.
public final class MemoryBudget: Sendable {
    public enum Pressure: Int, Comparable, Sendable {
        case none, high, critical

        /// As `/worker-health` and the log say it.
        public var word: String {
            switch self {
            case .none: "none"
            case .high: "high"
            case .critical: "critical"
            }
        }

        public static func < (one: Pressure, other: Pressure) -> Bool { one.rawValue < other.rawValue }
    }

    /// Room that is kept for somebody until this is given up.
    public final class Reservation: Sendable {
        public let bytes: Int
        private let budget: MemoryBudget

        fileprivate init(_ bytes: Int, of budget: MemoryBudget) {
            self.bytes = bytes
            self.budget = budget
        }

        deinit {
            budget.giveBack(bytes)
        }
    }

    private struct State {
        var used = 0
        var measuredAt: Duration?
        /// The least that was ever in use: what the program takes when it does nothing.
        var least = Int.max
        /// What is in use beside what is reserved, as near as that can be told: no more than all that is in use, and
        /// no less than what the reservations do not explain.
        var beside = 0
        var reserved = 0
        var pressure = Pressure.none
        var listeners: [Int: AsyncStream<Pressure>.Continuation] = [:]
        var lastListener = 0
    }

    /// How old a measurement may be.
    private static let freshness: Duration = .milliseconds(100)
    private static let highShare = 0.8

    /// So many bytes may be used.
    public let bytes: Int
    private let measure: @Sendable () -> Int
    private let uptime: @Sendable () -> Duration
    private let state = Mutex(State())

    /// A budget of `bytes`, or of what the machine or the container leaves.
    public convenience init(bytes: Int? = nil, of memory: MemoryMeasure = MemoryMeasure()) {
        let start = ContinuousClock.now
        self.init(bytes: bytes ?? memory.standard, measure: memory.used) { ContinuousClock.now - start }
    }

    /// `measure` says how many bytes are in use; `uptime` is a clock that nobody sets.
    public init(
        bytes: Int, measure: @escaping @Sendable () -> Int, uptime: @escaping @Sendable () -> Duration
    ) {
        self.bytes = bytes
        self.measure = measure
        self.uptime = uptime
    }

    /// The bytes in use, measured no longer than a tenth of a second ago.
    public var used: Int { look { $0.used } }

    /// How it stands, by the same measurement.
    public var pressure: Pressure { look { $0.pressure } }

    /// Whether `bytes` more can be used now. What is reserved counts as used.
    public func hasRoom(for bytes: Int) -> Bool {
        look { Self.committed($0) <= self.bytes - bytes }
    }

    /// Whether there would be room for `bytes` if the program did nothing else; what does not fit then never will, so
    /// that waiting for it is in vain.
    public func couldHold(_ bytes: Int) -> Bool {
        look { $0.least <= self.bytes - bytes }
    }

    /// Keeps room for `bytes` until the result is gone; nil when there is none.
    public func reserve(_ bytes: Int) -> Reservation? {
        let isKept = look { state in
            guard Self.committed(state) <= self.bytes - bytes else { return false }
            state.reserved += bytes
            return true
        }
        return isKept ? Reservation(bytes, of: self) : nil
    }

    /// Measures now, whenever that was done last, and says how it stands.
    @discardableResult
    public func refresh() -> Pressure {
        state.withLock { state in
            take(&state, at: uptime())
            return state.pressure
        }
    }

    /// How it stands now, and then each change as soon as somebody measures; who does not listen misses all but the
    /// newest.
    public func changes() -> AsyncStream<Pressure> {
        let (stream, listener) = AsyncStream.makeStream(of: Pressure.self, bufferingPolicy: .bufferingNewest(1))
        let number = look { state in
            state.lastListener += 1
            state.listeners[state.lastListener] = listener
            listener.yield(state.pressure)
            return state.lastListener
        }
        listener.onTermination = { [weak self] _ in
            self?.state.withLock { $0.listeners[number] = nil }
        }
        return stream
    }

    // MARK: measuring

    private func look<Value>(_ body: (inout State) -> Value) -> Value {
        state.withLock { state in
            let now = uptime()
            let isFresh = state.measuredAt.map { now - $0 < Self.freshness } ?? false
            if !isFresh { take(&state, at: now) }
            return body(&state)
        }
    }

    private func take(_ state: inout State, at now: Duration) {
        state.used = measure()
        state.measuredAt = now
        state.least = min(state.least, state.used)
        state.beside =
            state.reserved == 0 ? state.used : min(max(state.beside, state.used - state.reserved), state.used)
        let pressure: Pressure =
            state.used >= bytes ? .critical : Double(state.used) >= Double(bytes) * Self.highShare ? .high : .none
        guard pressure != state.pressure else { return }
        state.pressure = pressure
        for listener in state.listeners.values { listener.yield(pressure) }
    }

    /// Who has reserved room may have begun to use it: what is in use counts once, and at least what was promised.
    private static func committed(_ state: State) -> Int { max(state.used, state.beside + state.reserved) }

    private func giveBack(_ bytes: Int) {
        state.withLock { state in
            state.reserved -= bytes
            // What was used of it may be in use still: the next measurement tells.
            state.measuredAt = nil
        }
    }
}
