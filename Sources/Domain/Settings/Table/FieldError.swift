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

    public init(_ fields: [FieldError]) {
        self.fields = fields
    }

    public init(_ field: String, _ message: String) {
        fields = [FieldError(field, message)]
    }

    public var description: String { fields.map(\.description).joined(separator: "; ") }
}
