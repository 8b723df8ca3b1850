public import Domain
public import WebCore

/// Asks before a watch and its history are deleted; with scripts a dialog asks instead.
public struct DeletePage: PageView {
    public static let template = "pages/delete"

    public let id: WatchID
    public let label: String
    public let url: String
    public let historyCount: Int
    /// Where to go afterwards, as a path below the base.
    public let returnPath: String

    public init(id: WatchID, label: String, url: String, historyCount: Int, returnPath: String) {
        self.id = id
        self.label = label
        self.url = url
        self.historyCount = historyCount
        self.returnPath = returnPath
    }

    public func fields(_ scene: Scene) -> Fields {
        [
            "uuid": .text(id.description), "label": .text(label), "address": .text(Addresses.short(url)),
            "snapshots": .text(historyCount == 1 ? "1 version" : "\(Counts.grouped(historyCount)) versions"),
            "return": .text(returnPath), "back": .text(scene.path("/watch/\(id)")),
        ]
    }
}
