package import Foundation
package import Hummingbird
import Logging
package import Monitor
package import Storage
package import WebCore

/// Every page a person can open.
package struct PageRoutes: Sendable {
    private let source: PageSource
    private let actions: WatchActions
    private let proxies: ProxyScan
    private let answer: PageAnswer
    private let threads: PageThreads
    private let baseURL: URL?
    private let refusals: RefusalLog

    /// `baseURL` is the address that people use, when it is said; `refusals` hears of what other sites tried; `banners`
    /// says what is told above every page.
    package init(
        store: Store, queue: any CheckQueue, steps: LiveSteps, lateness: Lateness, actions: WatchActions,
        proxies: ProxyScan, pages: PageRenderer, threads: PageThreads, baseURL: URL?,
        refusals: RefusalLog = RefusalLog(Logger(label: "turnstone")),
        banners: @escaping @Sendable () async -> [Banner] = { [] }, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        source = PageSource(
            store: store, queue: queue, steps: steps, lateness: lateness, banners: banners, now: now)
        self.actions = actions
        self.proxies = proxies
        self.answer = PageAnswer(pages: pages)
        self.threads = threads
        self.baseURL = baseURL
        self.refusals = refusals
    }

    /// Words every error, those of programs too.
    package var errors: some RouterMiddleware<WebContext> { ErrorPagesMiddleware(source: source, answer: answer) }

    /// Refuses what another site makes a browser do here, with a page.
    package var sameOrigin: some RouterMiddleware<WebContext> {
        SameOriginMiddleware(baseOrigin: WebOrigin.of(baseURL), log: refusals) { [answer, source] _ in
            answer.html(ErrorPage.foreign, try await source.frame(), status: .forbidden)
        }
    }

    package func add(to router: Router<WebContext>) {
        let differences = PictureDifferences(store: source.store, threads: threads)
        ListRoutes(source: source, answer: answer).add(to: router)
        PreviewRoutes(source: source, answer: answer, threads: threads).add(to: router)
        DiffRoutes(
            source: source, actions: actions, answer: answer, threads: threads,
            comparisons: Comparisons(store: source.store, threads: threads), differences: differences
        ).add(to: router)
        EditRoutes(source: source, actions: actions, proxies: proxies, answer: answer).add(to: router)
        PictureRoutes(store: source.store, threads: threads, differences: differences).add(to: router)
        AssetRoutes(assets: answer.pages.assets).add(to: router)
        SettingsRoutes(source: source, actions: actions, answer: answer).add(to: router)
        TagPageRoutes(source: source, actions: actions, answer: answer).add(to: router)
        FormRoutes(source: source, actions: actions, answer: answer).add(to: router)
    }
}
