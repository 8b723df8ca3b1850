import Domain

/// One field of a watch or a tag as the API has it: how it is read, and how it is written if it may be.
///
/// Settings come from the rows of `SettingsTable`; what else there is stands in `WatchFields` and `TagFields`.
struct APIField<Root: Sendable>: Sendable {
    let name: String
    let read: @Sendable (Root) -> JSONValue
    /// nil for what programs may send back but not change.
    let write: (@Sendable (inout Root, JSONValue) throws(FieldError) -> Void)?

    init(
        _ name: String, read: @escaping @Sendable (Root) -> JSONValue,
        write: (@Sendable (inout Root, JSONValue) throws(FieldError) -> Void)? = nil
    ) {
        self.name = name
        self.read = read
        self.write = write
    }

    /// A setting by itself.
    init(_ row: Setting<Root>) {
        self.init(
            row.name, read: { row.json(of: $0) },
            write: { root, value throws(FieldError) in try row.set(value, in: &root, as: row.name) })
    }

    /// The settings of `part` as one object. Written, it replaces all of them: what is missing is the default.
    init(_ part: SettingPart, of rows: [Setting<Root>]) {
        let rows = rows.filter { $0.about.part == part }
        self.init(
            part.rawValue,
            read: { root in
                .object(Dictionary(uniqueKeysWithValues: rows.map { ($0.name, $0.json(of: root)) }))
            },
            write: { root, value throws(FieldError) in
                for row in rows { row.reset(in: &root) }
                if value != .null { try part.set(value, rows, in: &root) }
            })
    }

    /// All settings of `rows`: those of a part inside of its object, and beside it where older programs write them
    /// there.
    static func settings(_ rows: [Setting<Root>]) -> [APIField] {
        let alone = rows.filter { $0.about.part == nil || $0.about.standsAlone }
        let parts = SettingPart.allCases.filter { part in rows.contains { $0.about.part == part } }
        return alone.map { APIField($0) } + parts.map { APIField($0, of: rows) }
    }
}

/// All fields of a kind of thing.
struct APIFields<Root: Sendable>: Sendable {
    let all: [APIField<Root>]
    let byName: [String: APIField<Root>]

    init(_ all: [APIField<Root>]) {
        self.all = all
        byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    }

    /// Applies what a program sent; throws every problem at once. Null means "as it was at first".
    func apply(_ fields: [String: JSONValue], to root: inout Root) throws {
        var errors: [FieldError] = []
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            guard let field = byName[name] else {
                if !Later.accepts(name, value) { errors.append(Later.refusal(name)) }
                continue
            }
            do { try field.write?(&root, value) } catch { errors.append(error) }
        }
        guard errors.isEmpty else { throw InputError(errors) }
    }
}

extension SettingPart {
    fileprivate func set<Root>(
        _ value: JSONValue, _ rows: [Setting<Root>], in root: inout Root
    ) throws(FieldError) {
        guard case .object(let parts) = value else {
            throw FieldError(rawValue, "must be an object, not \(value.kind)")
        }
        for (name, value) in parts.sorted(by: { $0.key < $1.key }) where !ignoredKeys.contains(name) {
            guard let row = rows.first(where: { $0.name == name }) else {
                throw FieldError("\(rawValue).\(name.prefix(60))", "is not a setting of \(title)")
            }
            try row.set(value, in: &root)
        }
    }
}
