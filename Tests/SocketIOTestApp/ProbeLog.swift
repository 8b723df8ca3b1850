import EngineIO
import Foundation
import NIOConcurrencyHelpers
import NIOCore

/// What the application saw, as JSON, until somebody asks for it.
final class ProbeLog: Sendable {
    /// One value of an entry, as JSON.
    struct Value: Sendable {
        let json: String

        init(json: String) { self.json = json }

        init(_ text: String) { json = JSONText.quoted(text) }

        init(_ number: Int) { json = String(number) }

        init(_ truth: Bool) { json = truth ? "true" : "false" }

        init(_ object: [String: String]) {
            let members = object.sorted { $0.key < $1.key }
                .map { JSONText.quoted($0.key) + ":" + JSONText.quoted($0.value) }
            json = "{" + members.joined(separator: ",") + "}"
        }
    }

    private let entries = NIOLockedValueBox<[String]>([])

    func add(_ kind: String, _ values: [Value]) {
        let entry = "[" + ([Value(kind)] + values).map(\.json).joined(separator: ",") + "]"
        entries.withLockedValue { $0.append(entry) }
    }

    /// The log as a JSON array; empty afterwards.
    func take() -> String {
        let taken = entries.withLockedValue { entries in
            defer { entries = [] }
            return entries
        }
        return "[" + taken.joined(separator: ",") + "]"
    }
}

extension ByteBuffer {
    var data: Data { Data(readableBytesView) }
}
