/// So much of one kind is asked for already that more would only wait; nothing was done, and the same may succeed soon.
public struct TooManyAtOnce: Error, Hashable, Sendable, CustomStringConvertible {
    /// All of it is asked for by whoever gets this; else by everybody together.
    public let isOwn: Bool

    public init(isOwn: Bool) { self.isOwn = isOwn }

    public var description: String {
        isOwn
            ? "Too many filters of yours are being tried already. Try again in a few seconds"
            : "Too many filters are being tried already. Try again in a few seconds"
    }
}
