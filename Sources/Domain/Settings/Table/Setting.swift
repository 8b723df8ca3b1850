/// One row of the table of settings: what is known of a setting, and how it is reached in a `Root` that has it.
///
/// Storage, the API, forms, validation, merging and documentation all work through these rows, so that a setting is
/// said once. `SettingsTable` has the rows.
public struct Setting<Root: Sendable>: Sendable {
    public internal(set) var about: SettingDescription
    private let access: any SettingAccess<Root>

    /// `standard` is what the setting is when nobody has said anything.
    public init<Value: Codable & Hashable & Sendable>(
        _ about: SettingDescription, _ path: any WritableKeyPath<Root, Value> & Sendable, _ kind: SettingKind<Value>,
        standard: Value
    ) {
        self.about = about
        access = PathAccess(path: path, kind: kind, standard: standard)
    }

    private init(_ about: SettingDescription, access: any SettingAccess<Root>) {
        self.about = about
        self.access = access
    }

    public var name: String { about.name }

    /// The same setting where `Root` is a part of `Outer`, under another name if there is one.
    public func lifted<Outer: Sendable>(
        to path: any WritableKeyPath<Outer, Root> & Sendable, name: String? = nil
    ) -> Setting<Outer> {
        var about = about
        if let name { about.name = name }
        return Setting<Outer>(about, access: LiftedAccess(outer: path, inner: access))
    }

    /// Whether nobody has said anything here, so that another level or the default counts.
    public func isUnsaid(in root: Root) -> Bool { access.isUnsaid(root) }

    /// Whether both have the same value.
    public func isEqual(_ one: Root, _ other: Root) -> Bool { access.isEqual(one, other) }

    /// Takes back what was said.
    public func reset(in root: inout Root) { access.reset(&root) }

    /// As the API tells it; secrets whole.
    public func json(of root: Root) -> JSONValue { access.json(root) }

    /// Takes what a program sent; null takes back what was said. Throws a `FieldError` under `field`.
    public func set(_ value: JSONValue, in root: inout Root, as field: String? = nil) throws(FieldError) {
        try access.set(value, &root, field ?? about.path)
    }

    /// What a form's fields hold: the text of each by the field's name. A box that is not ticked is left out.
    public func formTexts(of root: Root) -> [String: String] {
        var texts: [String: String] = [:]
        for (suffix, text) in access.formTexts(root) { texts[about.name + suffix] = text }
        return texts
    }

    /// Takes what a person typed; what cannot be read is noted in `form` and leaves the setting as it was.
    public func read(_ form: inout FormReader, into root: inout Root) {
        access.read(&form, about.name, &root)
    }

    /// What is wrong with the value by itself: lengths, counts, ranges.
    public func problems(in root: Root) -> [FieldError] { access.problems(root, about.path) }

    /// The single texts that it is made of, for whoever checks them as filters, patterns or templates, each with the
    /// name that an error has.
    public func entries(of root: Root) -> [SettingEntry] { access.entries(root, about.path) }

    /// The value as people read it; empty when nobody has said anything.
    public func words(of root: Root) -> String { access.isUnsaid(root) ? "" : access.words(root) }

    /// The default as people read it; empty when it is nothing.
    public var standardWords: String { access.standardWords }

    /// The value for this `root` from those of its tags, in their order, and of all watches, by `about.combination`.
    func combine(_ root: inout Root, tags: [Root], all: Root) {
        switch about.combination {
        case .own: return
        case .override:
            guard access.isUnsaid(root) else { return }
            if let said = (tags + [all]).first(where: { !access.isUnsaid($0) }) { access.copy(from: said, to: &root) }
        case .add:
            for other in tags + [all] where !access.isUnsaid(other) { access.add(other, &root, inFront: false) }
        case .addTagsFirst:
            for other in tags.reversed() where !access.isUnsaid(other) { access.add(other, &root, inFront: true) }
            if !access.isUnsaid(all) { access.add(all, &root, inFront: false) }
        }
    }

    /// Reads the stored value, if there is one.
    func decode(from box: KeyedDecodingContainer<SettingName>, into root: inout Root) throws {
        try access.decode(box, SettingName(about.name), &root)
    }

    /// Writes the value.
    func encode(_ root: Root, to box: inout KeyedEncodingContainer<SettingName>) throws {
        try access.encode(root, &box, SettingName(about.name))
    }

    /// Whether the stored form leaves it out: it is what a fresh `Root` has.
    func isPlain(in root: Root) -> Bool { access.isPlain(root) }
}

/// One text that a setting is made of.
public struct SettingEntry: Hashable, Sendable {
    /// How an error names it: `ignore_text[2]`.
    public let field: String
    public let text: String
}

/// A key of stored settings.
struct SettingName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}
