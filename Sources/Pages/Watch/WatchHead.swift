import Domain
import Foundation
import WebCore

/// What the pages about one watch show above their own content: its name, address, state and the way between them.
struct WatchHead {
    enum Tab: String, CaseIterable {
        case preview, changes, edit

        var title: String {
            switch self {
            case .preview: "Text"
            case .changes: "Changes"
            case .edit: "Edit"
            }
        }

        func path(_ uuid: String) -> String {
            switch self {
            case .preview: "/watch/\(uuid)"
            case .changes: "/diff/\(uuid)"
            case .edit: "/edit/\(uuid)"
            }
        }
    }

    let row: WatchRow
    let activity: RowActivity
    let tags: [Tag]
    let current: Tab

    func fields(_ scene: Scene) -> Fields {
        let uuid = row.id.description
        let tabs: [Fields] = Tab.allCases.map { tab in
            [
                "name": .text(tab.rawValue), "href": .text(scene.path(tab.path(uuid))), "title": .text(tab.title),
                "current": .flag(tab == current),
                "has_count": .flag(tab == .changes), "count": .number(max(0, row.historyCount - 1)),
            ]
        }
        let view = WatchRowView(row: row, activity: activity, tags: tags)
        return ["watch": .group(view.fields(scene)), "tabs": .list(tabs), "return": .text(Tab.preview.path(uuid))]
    }
}

/// How a choice of versions is shown: exact moments, newest first, with the neighbours of the chosen one.
enum VersionChoices {
    static func options(_ versions: [SnapshotVersion], chosen: SnapshotVersion?) -> Field {
        .list(
            versions.map { version in
                let date = Date(timeIntervalSince1970: TimeInterval(version.seconds))
                return [
                    "version": .text(version.description), "exact": .text(Moments.exact(date)),
                    "machine": .text(Moments.machine(date)), "chosen": .flag(version == chosen),
                ]
            })
    }

    /// The next older and the next newer of `versions` (newest first).
    static func neighbours(
        of version: SnapshotVersion?, in versions: [SnapshotVersion]
    ) -> (older: SnapshotVersion?, newer: SnapshotVersion?) {
        guard let version, let index = versions.firstIndex(of: version) else { return (nil, nil) }
        let older = index + 1 < versions.count ? versions[index + 1] : nil
        return (older, index > 0 ? versions[index - 1] : nil)
    }
}
