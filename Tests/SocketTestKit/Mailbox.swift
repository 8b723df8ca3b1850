import NIOConcurrencyHelpers

/// Collects values from callbacks; they are awaited one by one.
public final class Mailbox<Value: Sendable>: Sendable {
    private let values = NIOLockedValueBox<[Value]>([])
    private let bell = Bell()

    public init() {}

    public func put(_ value: Value) {
        values.withLockedValue { $0.append(value) }
        bell.ring()
    }

    /// The oldest value that was not taken yet.
    public func next(file: String = #fileID, line: Int = #line) async throws -> Value {
        while true {
            let rings = bell.rings
            if let value = values.withLockedValue({ $0.isEmpty ? nil : $0.removeFirst() }) { return value }
            try await bell.wait(after: rings) { "the next value (\(file):\(line))" }
        }
    }
}
