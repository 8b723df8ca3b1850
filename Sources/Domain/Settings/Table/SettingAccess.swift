/// What a row does with a `Root`, without the type of its value.
protocol SettingAccess<Root>: Sendable {
    associatedtype Root: Sendable

    var standardWords: String { get }
    func isUnsaid(_ root: Root) -> Bool
    func isPlain(_ root: Root) -> Bool
    func isEqual(_ one: Root, _ other: Root) -> Bool
    func reset(_ root: inout Root)
    func copy(from other: Root, to root: inout Root)
    func add(_ other: Root, _ root: inout Root, inFront: Bool)
    func json(_ root: Root) -> JSONValue
    func set(_ value: JSONValue, _ root: inout Root, _ field: String) throws(FieldError)
    func formTexts(_ root: Root) -> [(suffix: String, text: String)]
    func read(_ form: inout FormReader, _ name: String, _ root: inout Root)
    func problems(_ root: Root, _ field: String) -> [FieldError]
    func entries(_ root: Root, _ field: String) -> [SettingEntry]
    func words(_ root: Root) -> String
    func decode(_ box: KeyedDecodingContainer<SettingName>, _ name: SettingName, _ root: inout Root) throws
    func encode(_ root: Root, _ box: inout KeyedEncodingContainer<SettingName>, _ name: SettingName) throws
}

/// A value behind a key path, of one kind.
struct PathAccess<Root: Sendable, Value: Codable & Hashable & Sendable>: SettingAccess {
    let path: any WritableKeyPath<Root, Value> & Sendable
    let kind: SettingKind<Value>
    let standard: Value

    var standardWords: String { kind.words(standard) }

    func isUnsaid(_ root: Root) -> Bool { kind.isUnsaid?(root[keyPath: path]) ?? isPlain(root) }
    func isPlain(_ root: Root) -> Bool { root[keyPath: path] == standard }
    func isEqual(_ one: Root, _ other: Root) -> Bool { one[keyPath: path] == other[keyPath: path] }
    func reset(_ root: inout Root) { root[keyPath: path] = standard }
    func copy(from other: Root, to root: inout Root) { root[keyPath: path] = other[keyPath: path] }

    func add(_ other: Root, _ root: inout Root, inFront: Bool) {
        guard let sum = kind.sum else { return }
        let own = root[keyPath: path], more = other[keyPath: path]
        root[keyPath: path] = inFront ? sum(more, own) : sum(own, more)
    }

    func json(_ root: Root) -> JSONValue { kind.json(root[keyPath: path]) }

    func set(_ value: JSONValue, _ root: inout Root, _ field: String) throws(FieldError) {
        root[keyPath: path] = value == .null ? standard : try kind.fromJSON(value, field) ?? standard
    }

    func formTexts(_ root: Root) -> [(suffix: String, text: String)] { kind.formTexts(root[keyPath: path]) }

    func read(_ form: inout FormReader, _ name: String, _ root: inout Root) {
        let before = form.errors.count
        let value = kind.fromForm(&form, name) ?? standard
        guard form.errors.count == before else { return }
        let whole = kind.restoringSecrets?(value, root[keyPath: path], &form, name) ?? value
        if form.errors.count == before { root[keyPath: path] = whole }
    }

    func problems(_ root: Root, _ field: String) -> [FieldError] { kind.problems(root[keyPath: path], field) }
    func entries(_ root: Root, _ field: String) -> [SettingEntry] { kind.entries(root[keyPath: path], field) }
    func words(_ root: Root) -> String { kind.words(root[keyPath: path]) }

    func decode(_ box: KeyedDecodingContainer<SettingName>, _ name: SettingName, _ root: inout Root) throws {
        if let value = try box.decodeIfPresent(Value.self, forKey: name) { root[keyPath: path] = value }
    }

    func encode(_ root: Root, _ box: inout KeyedEncodingContainer<SettingName>, _ name: SettingName) throws {
        try box.encode(root[keyPath: path], forKey: name)
    }
}

/// The same value, in what holds its root.
struct LiftedAccess<Root: Sendable, Inner: Sendable>: SettingAccess {
    let outer: any WritableKeyPath<Root, Inner> & Sendable
    let inner: any SettingAccess<Inner>

    var standardWords: String { inner.standardWords }

    func isUnsaid(_ root: Root) -> Bool { inner.isUnsaid(root[keyPath: outer]) }
    func isPlain(_ root: Root) -> Bool { inner.isPlain(root[keyPath: outer]) }
    func isEqual(_ one: Root, _ other: Root) -> Bool { inner.isEqual(one[keyPath: outer], other[keyPath: outer]) }
    func reset(_ root: inout Root) { inner.reset(&root[keyPath: outer]) }
    func copy(from other: Root, to root: inout Root) {
        inner.copy(from: other[keyPath: outer], to: &root[keyPath: outer])
    }

    func add(_ other: Root, _ root: inout Root, inFront: Bool) {
        inner.add(other[keyPath: outer], &root[keyPath: outer], inFront: inFront)
    }

    func json(_ root: Root) -> JSONValue { inner.json(root[keyPath: outer]) }

    func set(_ value: JSONValue, _ root: inout Root, _ field: String) throws(FieldError) {
        try inner.set(value, &root[keyPath: outer], field)
    }

    func formTexts(_ root: Root) -> [(suffix: String, text: String)] { inner.formTexts(root[keyPath: outer]) }

    func read(_ form: inout FormReader, _ name: String, _ root: inout Root) {
        inner.read(&form, name, &root[keyPath: outer])
    }

    func problems(_ root: Root, _ field: String) -> [FieldError] { inner.problems(root[keyPath: outer], field) }
    func entries(_ root: Root, _ field: String) -> [SettingEntry] { inner.entries(root[keyPath: outer], field) }
    func words(_ root: Root) -> String { inner.words(root[keyPath: outer]) }

    func decode(_ box: KeyedDecodingContainer<SettingName>, _ name: SettingName, _ root: inout Root) throws {
        try inner.decode(box, name, &root[keyPath: outer])
    }

    func encode(_ root: Root, _ box: inout KeyedEncodingContainer<SettingName>, _ name: SettingName) throws {
        try inner.encode(root[keyPath: outer], &box, name)
    }
}
