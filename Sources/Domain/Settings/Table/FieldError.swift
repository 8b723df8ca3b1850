/// Says which field of what a person sent is not good, and what would be.
public struct FieldError: Error, Hashable, Sendable, CustomStringConvertible {
    public let field: String
    /// A sentence that says what would be right.
    public let message: String

    public init(_ field: String, _ message: String) {
        self.field = field
        self.message = message
    }

    public var description: String { "\(field): \(message)" }
}

/// All fields of one input that are not good; never empty.
public struct InputError: Error, Hashable, Sendable, CustomStringConvertible {
    public let fields: [FieldError]

    /// So many are told at once; more help nobody.
    private static let most = 50

    public init(_ fields: [FieldError]) {
        let more = fields.count - Self.most
        guard more > 0 else {
            self.fields = fields
            return
        }
        self.fields = fields.prefix(Self.most) + [FieldError("errors", "\(more) more are not listed")]
    }

    public init(_ field: String, _ message: String) {
        fields = [FieldError(field, message)]
    }

    public var description: String { fields.map(\.description).joined(separator: "; ") }
}
