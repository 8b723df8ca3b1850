/// `docs/settings.md`, written from the table of settings; a test holds the file to it.
public enum SettingsDocument {
    public static var markdown: String {
        var text = """
            # Settings

            What people set on the pages and programs by the API, as opposed to [what the machine's owner decides](configuration.md).
            Names are those of the API, of `turnstone explain --set` and of where they are stored. This page is written by
            `turnstone settings --markdown` from the table of settings, and a test holds it to that.

            **Levels**: a setting exists for a watch, for a tag (for each of its watches), for all watches. Where it exists on
            several levels, *override* means that the watch's own counts, else that of the first of its tags that says
            something, else that for all watches; *add* means that all of them count together. The tags that a watch was given
            come before those that its URL matches, and of each kind the older before the newer, whatever order they are written
            in. An edit of a watch's own settings checks it at once, inside of its schedule, whatever is edited.


            """
        for group in SettingsTable.groups { text += table(group.title, group.rows) }
        text += table("Tags only", SettingsTable.tagOnly)
        text += table("All watches only", SettingsTable.allOnly)
        return text
    }

    private static func table<Root>(_ title: String, _ rows: [Setting<Root>]) -> String {
        var text =
            "## \(title)\n\n| name | setting | takes | default | levels | what it does |\n|---|---|---|---|---|---|\n"
        for row in rows { text += line(row) }
        return text + "\n"
    }

    private static func line<Root>(_ row: Setting<Root>) -> String {
        let about = row.about
        let levels = SettingLevel.allCases.filter(about.levels.contains).map(\.title).joined(separator: ", ")
        let rule = about.combination.title.map { ": \($0)" } ?? ""
        let other = SettingsTable.namesForAll[about.name].map { "; for all watches `\($0)`" } ?? ""
        let unsaid = about.shape == .inheritedFlag ? "No" : "–"
        let standard = row.standardWords.isEmpty ? unsaid : row.standardWords
        let help = about.help.isEmpty ? "" : " \(about.help)"
        let cells = [
            "`\(about.path)`\(other)", about.label, about.shape.takes, standard, levels + rule,
            "\(about.effect.title).\(help)\(about.isSecret ? " Secret." : "")",
        ]
        return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
    }
}

extension SettingCombination {
    /// nil where there is nothing to combine.
    fileprivate var title: String? {
        switch self {
        case .own: nil
        case .override: "override"
        case .add: "add"
        case .addTagsFirst: "add, the tags' first"
        }
    }
}

extension SettingEffect {
    fileprivate var title: String {
        switch self {
        case .page: "A change compares the page anew"
        case .fetch: "A change fetches and compares the page anew"
        case .due: "A change moves the next check"
        case .nothing: "A change needs no check"
        }
    }
}

extension SettingShape {
    /// What the API takes.
    public var takes: String {
        switch self {
        case .flag: "true, false"
        case .inheritedFlag: "true, false, null: inherit"
        case .choice(let options): options.map(\.value).filter { !$0.isEmpty }.map { "`\($0)`" }.joined(separator: ", ")
        case .text: "text"
        case .template: "text with places to fill in"
        case .longTemplate: "text with places to fill in, several lines"
        case .lines(.words): "list of words"
        case .lines(.patterns): "list of words or `/regex/flags`"
        case .lines(.filters): "list of filters"
        case .lines(.removals): "list of CSS selectors or XPaths"
        case .whole(let range, let unit): "\(range.lowerBound) to \(range.upperBound)\(unit.isEmpty ? "" : " \(unit)")"
        case .number(let range, let unit):
            range.upperBound < 1e15
                ? "\(Int(range.lowerBound)) to \(Int(range.upperBound))\(unit.isEmpty ? "" : " \(unit)")" : "number"
        case .interval: "object of weeks, days, hours, minutes, seconds"
        case .headers: "object of names and values"
        case .conditions: "list of objects with field, operator, value"
        case .box: "`x,y,width,height`"
        case .schedule: "object with enabled, timezone and a window for each weekday"
        case .timeZone: "name of a time zone"
        case .proxy: "name of a proxy, `no-proxy`, null: inherit"
        case .proxies: "list of objects with name, url"
        case .trust: "`system`, `self-signed`, certificates in PEM, null: inherit"
        }
    }
}
