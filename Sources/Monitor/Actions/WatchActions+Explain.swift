import Detection
public import Domain
import Foundation
public import Storage

/// What detection makes of a page that was fetched earlier.
public struct Explanation: Hashable, Sendable {
    /// `text`, `same`, `blocked` or `failed`.
    public let result: String
    public let failure: CheckFailure?
    /// What would be kept; nil when it failed.
    public let text: [UInt8]?
    public let steps: [TraceStep]

    /// Runs detection with the settings of `watch`, which need not be those that are stored, on the body of one of its newest
    /// versions; nil when that is not kept any more. Changes nothing.
    public static func of(_ watch: Watch, version: SnapshotVersion, _ store: Store) async throws -> Explanation? {
        let errors = TextProcessor.validate(settings: watch.settings)
        guard errors.isEmpty else { throw InputError(errors) }
        guard let body = try await body(of: watch.id, version, store) else { return nil }
        let settings = try await store.settings()
        let tags = try await store.tagSettings(of: watch.tags, address: watch.url)
        let previous = try await previous(of: watch, before: version, store)
        let page = FetchedPage(
            status: 200, finalURL: WatchAddress.fetched(watch.url), contentType: body.contentType, body: body.bytes)
        let rules = DetectionSettings(watch: watch.settings.merged(with: tags), settings: settings, url: watch.url)
        return await OwnThread.run {
            let processor: any Processor =
                switch watch.settings.processor {
                case .text: TextProcessor()
                case .restock: RestockProcessor()
                case .image: ImageProcessor()
                }
            do throws(CheckFailure) {
                return Explanation(try processor.verdict(on: page, settings: rules, previous: previous))
            } catch {
                return Explanation(result: "failed", failure: error, text: nil, steps: [])
            }
        }
    }

    private init(_ verdict: Verdict) {
        let (result, text): (String, [UInt8]?) =
            switch verdict.decision {
            case .changed(let text): ("text", text)
            case .blocked(let text): ("blocked", text)
            case .sameBytes, .sameText: ("same", nil)
            }
        self.init(result: result, failure: nil, text: text, steps: verdict.trace)
    }

    private init(result: String, failure: CheckFailure?, text: [UInt8]?, steps: [TraceStep]) {
        self.result = result
        self.failure = failure
        self.text = text
        self.steps = steps
    }

    /// The body as it was fetched; that of a picture is kept with every version.
    private static func body(
        of id: WatchID, _ version: SnapshotVersion, _ store: Store
    ) async throws -> (contentType: String?, bytes: [UInt8])? {
        if let body = try await store.body(of: id, version: version) { return (body.contentType, body.bytes) }
        return try await store.picture(of: id, version: version).map { ($0.mediaType, $0.bytes) }
    }

    /// An offer further back than so many is not looked for.
    private static let pricesLookedAt = 1000

    /// What the check that found `version` may have compared it with: the version before.
    private static func previous(
        of watch: Watch, before version: SnapshotVersion, _ store: Store
    ) async throws -> PreviousCheck {
        var previous = PreviousCheck()
        guard let before = try await store.neighbours(of: watch.id, version: version).previous else { return previous }
        previous.snapshotText = try await store.text(of: watch.id, version: before)
        previous.lastText = previous.snapshotText
        if watch.settings.processor == .restock {
            previous.offer = try await store.prices(of: watch.id, newest: pricesLookedAt).last {
                $0.foundAt.timeIntervalSince1970 < Double(version.seconds)
            }?.offer
        }
        if watch.settings.processor == .image {
            previous.picture = try await store.picture(of: watch.id, version: before)
        }
        return previous
    }
}

extension WatchActions {
    /// As `Explanation.of`, with the store of the actions.
    public func explain(_ watch: Watch, version: SnapshotVersion) async throws -> Explanation? {
        try await Explanation.of(watch, version: version, store)
    }
}
