import Detection
public import Domain
import Storage

/// What detection makes of a page that was fetched earlier.
public struct Explanation: Hashable, Sendable {
    /// `text`, `same`, `blocked` or `failed`.
    public let result: String
    public let failure: CheckFailure?
    /// What would be kept; nil when it failed.
    public let text: [UInt8]?
    public let steps: [TraceStep]
}

extension WatchActions {
    /// Runs detection with the settings of `watch`, which need not be those that are stored, on the body of one of its newest
    /// versions; nil when that is not kept any more. Changes nothing.
    public func explain(_ watch: Watch, version: SnapshotVersion) async throws -> Explanation? {
        let errors = TextProcessor.validate(settings: watch.settings)
        guard errors.isEmpty else { throw InputError(errors) }
        guard let body = try await store.body(of: watch.id, version: version) else { return nil }
        let before = try await store.neighbours(of: watch.id, version: version).previous
        let settings = try await store.settings()
        var previous = PreviousCheck()
        if let before { previous.snapshotText = try await store.text(of: watch.id, version: before) }
        previous.lastText = previous.snapshotText
        let page = FetchedPage(
            status: 200, finalURL: WatchAddress.fetched(watch.url), contentType: body.contentType, body: body.bytes)
        let rules = DetectionSettings(watch: watch.settings, settings: settings, url: watch.url)
        return await OwnThread.run { [previous] in
            do throws(CheckFailure) {
                let processor: any Processor =
                    watch.settings.processor == .restock ? RestockProcessor() : TextProcessor()
                let verdict = try processor.verdict(on: page, settings: rules, previous: previous)
                switch verdict.decision {
                case .changed(let text):
                    return Explanation(result: "text", failure: nil, text: text, steps: verdict.trace)
                case .blocked(let text):
                    return Explanation(result: "blocked", failure: nil, text: text, steps: verdict.trace)
                case .sameBytes, .sameText:
                    return Explanation(result: "same", failure: nil, text: nil, steps: verdict.trace)
                }
            } catch {
                return Explanation(result: "failed", failure: error, text: nil, steps: [])
            }
        }
    }
}
