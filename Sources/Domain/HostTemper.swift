/// How a host answers, as far as it is known: by this the queue divides what may wait for a network.
///
/// From the best to the worst; a host that is not remembered is known by its watches' rows.
public enum HostTemper: Int, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// Its last check was over within seconds.
    case quick = 0
    /// It answers, but takes its time, or has let somebody wait in vain not long ago.
    case slow = 1
    /// Nothing is known of it.
    case unknown = 2
    /// Its last check timed out.
    case doubtful = 3

    /// Whoever takes longer for a page is slow.
    public static let brief: Duration = .seconds(3)

    /// What a watch's row says of its host: whether it was checked, how that ended, and how long it took.
    public static func told(wasChecked: Bool, failure: CheckFailure.Code?, duration: Duration) -> HostTemper {
        guard wasChecked else { return .unknown }
        if let failure, CheckFailure(failure).isTimeout { return .doubtful }
        return duration > brief ? .slow : .quick
    }

    public static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
}
