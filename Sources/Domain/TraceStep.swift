/// What one step of detection did with the page, so that a person can see why a change was told or not.
public struct TraceStep: Hashable, Sendable, Codable {
    public var name: String
    public var linesBefore: Int
    public var linesAfter: Int
    public var microseconds: Int
    /// What matched or blocked, in words.
    public var note: String?

    public init(name: String, linesBefore: Int, linesAfter: Int, microseconds: Int, note: String? = nil) {
        self.name = name
        self.linesBefore = linesBefore
        self.linesAfter = linesAfter
        self.microseconds = microseconds
        self.note = note.map { String($0.prefix(200)) }
    }

    enum CodingKeys: String, CodingKey {
        case name = "n"
        case linesBefore = "b"
        case linesAfter = "a"
        case microseconds = "u"
        case note = "t"
    }
}
