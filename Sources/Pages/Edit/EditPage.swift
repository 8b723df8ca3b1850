public import Domain
public import Fetchers
public import WebCore

/// Everything a person may set about one watch, in the groups of the incumbent's tabs.
public struct EditPage: PageView {
    public static let template = "pages/edit"

    public var row: WatchRow
    public var activity: RowActivity
    /// Those of the watch, in the order in which they count.
    public var tags: [Tag]
    public var form: EditForm
    public var errors: [FieldError]
    public var all: Settings
    /// The versions that the settings can be tried on, newest first.
    public var keptPages: [SnapshotVersion] = []
    /// Whether the page comes by each proxy; nil when nobody asked.
    public var proxyFindings: [ProxyCheck.Finding]?
    /// What the form's settings make of one of them.
    public var trial: SettingsDryRun?
    var edits = EditsView()

    public init(
        row: WatchRow, activity: RowActivity = .idle, tags: [Tag] = [], form: EditForm, errors: [FieldError] = [],
        all: Settings = Settings()
    ) {
        self.row = row
        self.activity = activity
        self.tags = tags
        self.form = form
        self.errors = errors
        self.all = all
    }

    public func fields(_ scene: Scene) -> Fields {
        let head = WatchHead(row: row, activity: activity, tags: tags, current: .edit)
        let errors = FieldErrors(errors)
        let settings = SettingFields(
            values: form.values, errors: errors, inheritance: Inheritance(tags: tags, all: all))
        var fields = head.fields(scene).merging(errors.summary(of: Self.titles))
        for name in ["url", "title", "tags"] { fields[name] = errors.input(name, form.values.text(name)) }
        fields["setting"] = settings.drawn(SettingsTable.watch, scene)
        fields["default_interval"] = .text(all.watches.timing.timeBetweenCheck.words)
        let said = form.read(into: WatchSettings()).settings
        for (fold, names) in Self.folds {
            let rows = SettingsTable.watch.filter { names.contains($0.name) }
            fields[fold] = .flag(settings.opens(rows, of: said))
        }
        fields["has_proxies"] = .flag(!all.proxies.isEmpty)
        fields["findings"] = .list((proxyFindings ?? []).map(Self.finding))
        fields["has_findings"] = .flag(proxyFindings != nil)
        fields["can_try"] = .flag(!keptPages.isEmpty)
        fields["try_versions"] = VersionChoices.options(keptPages, chosen: trial?.version ?? keptPages.first)
        fields["trial"] = trial.map { .group($0.fields(scene)) } ?? .nothing
        fields["edits"] = edits.field(scene)
        return fields
    }

    private static func finding(_ finding: ProxyCheck.Finding) -> Fields {
        let words: String
        let isGood: Bool
        switch finding.result {
        case .success(let answer):
            words = "Status \(answer.status), \(CheckTable.size(answer.bytes))"
            isGood = answer.status == 200
        case .failure(let failure):
            words = failure.message
            isGood = false
        }
        return [
            "way": .text(finding.way == .direct ? "No proxy" : finding.way.text), "words": .text(words),
            "good": .flag(isGood), "took": .text(Moments.duration(finding.duration)),
        ]
    }

    /// What is folded away until somebody has said something there, by the template's name for it.
    private static let folds: [String: Set<String>] = [
        "request_open": ["method", "headers", "body", "ignore_status_codes"],
        "restock_open": names(of: .restock), "image_open": names(of: .image),
    ]

    private static func names(of part: SettingPart) -> Set<String> {
        Set(SettingsTable.watch.filter { $0.about.part == part }.map(\.name))
    }

    private static let titles = SettingFields.titles(
        SettingsTable.watch, ["url": "URL", "title": "Title", "tags": "Tags"])
}
