import Domain
import Foundation
import WebCore

/// The newest edits of a thing, folded away below its form: when, who, and what from and to, shortened.
struct EditsView: Sendable {
    /// So many are shown; programs get the others (`/api/v1/…/edits`).
    static let most = 50
    /// Code points of a value that are shown.
    static let longestValue = 200

    private let edits: [Edit]
    private let titles: [TagID: String]
    private let isCut: Bool

    /// The newest first; of more than `most` the rest is left out. `tags` are those that there are.
    init(_ edits: [Edit] = [], tags: [Tag] = []) {
        self.edits = Array(edits.prefix(Self.most))
        isCut = edits.count > Self.most
        titles = Dictionary(tags.map { ($0.id, $0.title) }, uniquingKeysWith: { first, _ in first })
    }

    /// Nothing when there are none, as of a watch that is older than the record.
    func field(_ scene: Scene) -> Field {
        guard !edits.isEmpty else { return .nothing }
        return .group([
            "rows": .list(edits.map { row($0, now: scene.frame.now) }),
            "most": isCut ? .number(Self.most) : .nothing,
        ])
    }

    private func row(_ edit: Edit, now: Date) -> Fields {
        // What is said already needs no list.
        let isSaid = edit.action == .paused || edit.action == .resumed
        let fields = isSaid ? [] : edit.fields { titles[$0] }
        return [
            "when": Moments.field(edit.at, now: now), "who": .text(edit.by.description),
            "what": .text(edit.action.rawValue), "has_fields": .flag(!fields.isEmpty),
            "fields": .list(
                fields.map { field in
                    [
                        "label": .text(field.label), "from": Self.value(field.from), "to": Self.value(field.to),
                        "both": .flag(field.from != nil && field.to != nil),
                    ]
                }),
        ]
    }

    private static func value(_ text: String?) -> Field {
        guard let text else { return .nothing }
        return .group(["text": .text(short(text)), "is_set": .flag(!text.isEmpty)])
    }

    /// The beginning of a value, in code points, of which one character may be thousands.
    static func short(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: longestValue, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return text }
        return String(scalars[..<end]) + "…"
    }
}
