public import Domain
public import Foundation
public import Monitor
public import WebCore

/// One kind of page: a value that knows its template and what to fill it with.
public protocol PageView: Sendable {
    /// The template's name, `pages/list`.
    static var template: String { get }

    /// Everything the template names, besides what every page has.
    func fields(_ scene: Scene) -> Fields
}

/// What surrounds every page: the moment it is rendered and what the header shows.
public struct Frame: Sendable {
    public var now: Date
    public var queueLength: Int
    public var running: Int
    /// By how many seconds checks of the last minutes were late, but for one of twenty.
    public var late: Double
    public var totals: Totals
    /// What is told above every page.
    public var banners: [Banner]

    public init(
        now: Date, queueLength: Int, running: Int, late: Double = 0, totals: Totals, banners: [Banner] = []
    ) {
        self.now = now
        self.queueLength = queueLength
        self.running = running
        self.late = late
        self.totals = totals
        self.banners = banners
    }
}

/// What a page may ask of its surroundings while it is filled.
public struct Scene: Sendable {
    public let frame: Frame
    /// The path that everything hangs under, without a trailing slash: empty, or `/turnstone` behind a proxy.
    public let base: String
    let templates: Templates

    /// `path` (which begins with a slash) under the base.
    public func path(_ path: String) -> String {
        base + path
    }
}

/// Turns pages into HTML.
public struct PageRenderer: Sendable {
    /// Every kind of page there is; each template is there when the program runs.
    static let views: [any PageView.Type] = [
        ListPage.self, PreviewPage.self, DiffPage.self, EditPage.self, DeletePage.self, ErrorPage.self,
        SettingsPage.self, TagsPage.self, TagPage.self, MisdirectedPage.self,
    ]

    public let base: String
    let templates: Templates
    let assets: Assets

    /// Reads `folder`/pages, partials and assets; throws with the name of what is missing or malformed.
    public init(folder: String, base: String) throws {
        self.base = base
        let partials = [ListPage.rowsTemplate, WatchRowView.template, ReasonView.template]
        templates = try Templates(folder: folder, required: Self.views.map { $0.template } + partials)
        assets = try Assets(folder: folder + "/assets", base: base)
    }

    /// The whole page as UTF-8.
    public func render(_ page: some PageView, _ frame: Frame) -> [UInt8] {
        let scene = Scene(frame: frame, base: base, templates: templates)
        return Array(templates.render(type(of: page).template, allFields(of: page, scene)).utf8)
    }

    /// Only what changes of the list while one looks at it: filters, rows, pager.
    public func renderRows(_ page: ListPage, _ frame: Frame) -> [UInt8] {
        let scene = Scene(frame: frame, base: base, templates: templates)
        return Array(templates.render(ListPage.rowsTemplate, allFields(of: page, scene)).utf8)
    }

    /// Only why the newest check told a change or not, for a page that is open.
    func renderReason(_ view: ReasonView, _ frame: Frame) -> [UInt8] {
        let scene = Scene(frame: frame, base: base, templates: templates)
        return Array(templates.render(ReasonView.template, view.fields(scene)).utf8)
    }

    func allFields(of page: some PageView, _ scene: Scene) -> Fields {
        frameFields(scene).merging(page.fields(scene))
    }

    /// Less is nothing that anybody needs to know.
    private static let lateFrom = 2.0

    /// A number of seconds in the unit that people use for it; `live.js` says the same.
    private static func span(_ seconds: Double) -> String {
        switch seconds {
        case ..<120: "\(Int(seconds)) s"
        case ..<7200: "\(Int(seconds / 60)) min"
        default: "\(Int(seconds / 3600)) h"
        }
    }

    private func frameFields(_ scene: Scene) -> Fields {
        let totals = scene.frame.totals
        return [
            "base": .text(base),
            "queue_length": .number(scene.frame.queueLength),
            "running": .number(scene.frame.running),
            "late": .text(Self.span(scene.frame.late)),
            "is_late": .flag(scene.frame.late >= Self.lateFrom),
            "unread_count": .number(totals.unviewed),
            "has_unread": .flag(totals.unviewed > 0),
            "now": .number(Int(scene.frame.now.epochSecond)),
            "banners": .list(
                scene.frame.banners.map { ["text": .text($0.text), "kind": .text($0.isGrave ? "bad" : "")] }),
            "asset": .group(assets.fields),
        ]
    }
}
