import Domain

/// What a form's fields hold, as they were typed, so that a mistake can be shown where it was made.
struct FormValues: Hashable, Sendable {
    private(set) var texts: [String: String]

    /// The text of each field by its name; a box is there when it is ticked.
    init(_ texts: [String: String] = [:]) {
        self.texts = texts
    }

    /// What a browser sent.
    init(_ body: FormBody) {
        self.init(body.values)
    }

    /// What rows hold.
    init<Root>(_ root: Root, _ rows: [Setting<Root>]) {
        self.init()
        for row in rows { texts.merge(row.formTexts(of: root)) { $1 } }
    }

    /// nil for what was not sent, as a box that is not ticked.
    subscript(name: String) -> String? {
        get { texts[name] }
        set { texts[name] = newValue }
    }

    func text(_ name: String) -> String { texts[name] ?? "" }

    /// Whether something is typed or chosen in the field, or its main box is ticked.
    func says(_ name: String) -> Bool { !text(name).isEmpty || isTicked(name + "-enabled") }

    func isTicked(_ name: String) -> Bool { texts[name] != nil }

    /// Reads rows into `root`; answers every field that cannot be read, and leaves those settings as they were.
    func read<Root>(_ rows: [Setting<Root>], into root: inout Root) -> [FieldError] {
        var reader = FormReader { self[$0] }
        for row in rows { row.read(&reader, into: &root) }
        return reader.errors
    }
}
