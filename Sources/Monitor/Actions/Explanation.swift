public import Detection
public import Domain
import Foundation
public import Storage

/// What detection makes of a page that was fetched earlier, beside the version before it, under settings that need not
/// be stored.
public struct Explanation: Hashable, Sendable {
    public let version: SnapshotVersion
    /// The version that it was compared with; nil for the first.
    public let before: SnapshotVersion?
    /// The body of the version before is not kept any more, so that its text stands in for it.
    public let beforeIsTextOnly: Bool
    public let trace: CheckTrace
    /// The text that would be kept; nil when it failed.
    public let text: [UInt8]?
    /// The text that the version before would have had; nil without one, and when it could not be made.
    public let textBefore: [UInt8]?

    /// `text`, `same`, `blocked` or `failed`: the word that programs have for it.
    public let result: String

    /// Whoever has people's work done: on which threads, for whom, within which bounds.
    struct Place: Sendable {
        let store: Store
        let judging: JudgingThreads
        let requester: Requester
        let limits: DetectionLimits
    }

    /// Runs detection with the settings of `watch`, which need not be those that are stored, on the body of one of its
    /// newest versions; nil when that is not kept any more. Changes nothing.
    public static func of(
        _ watch: Watch, version: SnapshotVersion, _ store: Store, limits: DetectionLimits = DetectionLimits()
    ) async throws -> Explanation? {
        let place = Place(store: store, judging: JudgingThreads(), requester: .command("explain"), limits: limits)
        return try await of(watch, version: version, place) { $0 }
    }

    /// As above, made into what is to be shown of it by `shape`, which may take seconds too.
    static func of<Shape: Sendable>(
        _ watch: Watch, version: SnapshotVersion, _ place: Place,
        _ shape: @escaping @Sendable (Explanation) -> Shape
    ) async throws -> Shape? {
        let store = place.store
        let errors = try await place.judging.run(for: place.requester) {
            TextProcessor.validate(settings: watch.settings)
        }
        guard errors.isEmpty else { throw InputError(errors) }
        guard let body = try await body(of: watch.id, version, store) else { return nil }
        let tags = try await store.tagSettings(of: watch.tags, address: watch.url)
        let settings = watch.settings.merged(with: tags)
        let rules = DetectionSettings(watch: settings, settings: try await store.settings(), url: watch.url)
        let before = try await store.neighbours(of: watch.id, version: version).previous
        let earlier = try await earlier(watch.id, before, settings.processor, until: version, store)
        let url = WatchAddress.fetched(watch.url)
        var limits = place.limits
        limits.purpose = .person
        let run = DryRun(
            rules: rules, processor: settings.processor, url: url, version: version, before: before, limits: limits)
        return try await place.judging.run(for: place.requester) { shape(run.run(body, after: earlier)) }
    }

    fileprivate init(
        _ run: DryRun, _ reading: Reading, isTextOnly: Bool, textBefore: [UInt8]?
    ) {
        version = run.version
        before = run.before
        beforeIsTextOnly = isTextOnly
        self.textBefore = textBefore
        var steps = reading.steps
        var ending = CheckResult.unchanged
        var failure: CheckFailure?
        switch reading.result {
        case .failure(let why):
            (result, text, ending, failure) = ("failed", nil, .failed, why)
            if let last = steps.indices.last { steps[last].note = why.message }
        case .success(let verdict):
            switch verdict.decision {
            case .changed(let found):
                (result, text) = ("text", found)
                ending = run.before == nil ? .first : .changed
                // The lines of this version are among those that were seen by now, so the database cannot say.
                if verdict.wantsUniqueLines, ending == .changed {
                    steps.append(
                        TraceStep(.uniqueLines, note: "a dry run does not look up earlier versions"))
                }
            case .blocked(let found):
                (result, text) = ("blocked", found)
                ending = run.before == nil ? .first : .unchanged
            case .sameBytes, .sameText: (result, text) = ("same", textBefore)
            }
        }
        trace = CheckTrace(
            startedAt: Date(timeIntervalSince1970: TimeInterval(run.version.seconds)), result: ending,
            failure: failure, steps: steps)
    }
}

/// A page as it came, kept beside a version.
private struct KeptPage: Sendable {
    let contentType: String?
    let bytes: [UInt8]
}

/// What there is of the version before.
private struct Earlier: Sendable {
    /// nil when only the text is left.
    var body: KeptPage?
    var text: [UInt8]?
    var offer: Offer?
    var picture: Picture?
}

/// One run of detection on two versions, under the same settings.
private struct DryRun: Sendable {
    let rules: DetectionSettings
    let processor: ProcessorKind
    let url: String
    let version: SnapshotVersion
    let before: SnapshotVersion?
    let limits: DetectionLimits

    func run(_ body: KeptPage, after earlier: Earlier?) -> Explanation {
        var previous = PreviousCheck()
        previous.offerTold = earlier?.offer
        previous.offerSeen = earlier?.offer
        previous.picture = earlier?.picture
        let isTextOnly = earlier != nil && processor == .text && earlier?.body == nil
        var textBefore = earlier?.text
        if let earlier, processor == .text, let verdict = reading(of: earlier) {
            previous.textChecksum = verdict.textChecksum
            if case .changed(let text) = verdict.decision { textBefore = text }
            previous.snapshotText = textBefore
            previous.lastText = verdict.lastText
        }
        let reading = implementation.read(
            page(body), checksum: Checksum(bytes: [UInt8](repeating: 0, count: 32)), settings: rules,
            previous: previous)
        return Explanation(self, reading, isTextOnly: isTextOnly, textBefore: textBefore)
    }

    /// What the version before would have counted as, had these settings been there; without what holds a change back,
    /// since only its text is wanted. nil when it cannot be read.
    private func reading(of earlier: Earlier) -> Verdict? {
        var rules = rules
        rules.triggerText = []
        rules.textShouldNotBePresent = []
        rules.conditions = []
        var page: FetchedPage
        if let body = earlier.body {
            page = self.page(body)
        } else {
            // What is left is text that has been through the filters already.
            guard let text = earlier.text else { return nil }
            rules.includeFilters = []
            rules.subtractiveSelectors = []
            page = self.page(KeptPage(contentType: "text/plain; charset=utf-8", bytes: text))
        }
        return try? TextProcessor(limits: limits).verdict(on: page, settings: rules, previous: PreviousCheck())
    }

    private func page(_ body: KeptPage) -> FetchedPage {
        FetchedPage(status: 200, finalURL: url, contentType: body.contentType, body: body.bytes)
    }

    private var implementation: any Processor {
        switch processor {
        case .text: TextProcessor(limits: limits)
        case .restock: RestockProcessor(limits: limits)
        case .image: ImageProcessor(limits: limits)
        }
    }
}

extension Explanation {
    /// The body as it was fetched; that of a picture is kept with every version.
    private static func body(
        of id: WatchID, _ version: SnapshotVersion, _ store: Store
    ) async throws -> KeptPage? {
        if let body = try await store.body(of: id, version: version) {
            return KeptPage(contentType: body.contentType, bytes: body.bytes)
        }
        return try await store.picture(of: id, version: version).map {
            KeptPage(contentType: $0.mediaType, bytes: $0.bytes)
        }
    }

    /// An offer further back than so many is not looked for.
    private static let pricesLookedAt = 1000

    private static func earlier(
        _ id: WatchID, _ before: SnapshotVersion?, _ processor: ProcessorKind, until version: SnapshotVersion,
        _ store: Store
    ) async throws -> Earlier? {
        guard let before else { return nil }
        var earlier = Earlier()
        earlier.text = try await store.text(of: id, version: before)
        switch processor {
        case .text: earlier.body = try await body(of: id, before, store)
        case .restock:
            earlier.offer = try await store.prices(of: id, newest: pricesLookedAt).last {
                $0.foundAt.timeIntervalSince1970 < Double(version.seconds)
            }?.offer
        case .image: earlier.picture = try await store.picture(of: id, version: before)
        }
        return earlier
    }
}
