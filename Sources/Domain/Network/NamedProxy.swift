/// One proxy of the list in the settings, under the name that watches choose it by.
public struct NamedProxy: Hashable, Sendable, Codable {
    public let name: String
    public let address: ProxyAddress

    /// The longest name, in characters.
    public static let longestName = 100

    private enum CodingKeys: String, CodingKey {
        case name
        case address = "url"
    }

    /// Takes a name as it was typed, without blanks around it; the error says what would be right.
    public init(name: String, address: ProxyAddress, field: String = "name") throws(FieldError) {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let bare = name.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        guard (1...Self.longestName).contains(bare.count),
            !bare.contains(where: { $0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } })
        else { throw FieldError(field, "A proxy needs a name of one line and at most \(Self.longestName) characters") }
        let text = String(bare)
        guard text != ProxyChoice.directWord else {
            throw FieldError(field, "\(ProxyChoice.directWord) means that no proxy is used; choose another name")
        }
        self.name = text
        self.address = address
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            name: values.decode(String.self, forKey: .name), address: values.decode(ProxyAddress.self, forKey: .address)
        )
    }
}

extension [NamedProxy] {
    /// Leaves out all but the chosen one.
    public mutating func keepOnly(_ choice: ProxyChoice?) {
        guard case .named(let name)? = choice, let chosen = named(name) else { return self = [] }
        self = chosen.name == name ? [chosen] : self
    }

    /// The proxy that a choice names; also by changedetection.io's key, `ui-` with its place in the list and its name.
    public func named(_ name: String) -> NamedProxy? {
        first { $0.name == name } ?? enumerated().first { "ui-\($0.offset)\($0.element.name)" == name }?.element
    }
}

/// Which way a watch goes; none chosen is nil, so that those above it decide.
///
/// Written as changedetection.io does: the proxy's name, or `no-proxy`.
public enum ProxyChoice: Hashable, Sendable {
    /// Straight to the page, whatever is chosen for all watches. Not called `none`, which an optional has already.
    case direct
    case named(String)

    static let directWord = "no-proxy"

    /// Reads a choice; nil for an empty one, which chooses nothing.
    public init?(_ text: String) {
        guard !text.isEmpty else { return nil }
        self = text == Self.directWord ? .direct : .named(text)
    }

    public var text: String {
        switch self {
        case .direct: Self.directWord
        case .named(let name): name
        }
    }
}

extension ProxyChoice: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let choice = ProxyChoice(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "A proxy's name is not empty")
        }
        self = choice
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
