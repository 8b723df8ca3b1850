public import WebCore

/// Says to a person who came by a name that is not allowed how to allow it.
///
/// It stands alone: what it would load from here would be refused like itself.
public struct MisdirectedPage: PageView {
    public static let template = "pages/misdirected"

    private let name: String

    /// `name` is printable, and of bounded length.
    public init(name: String) {
        self.name = name
    }

    public func fields(_ scene: Scene) -> Fields {
        ["name": .text(name)]
    }
}
