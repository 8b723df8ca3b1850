import Domain

/// What depends on a form as a whole, or on the value of one of its controls.
extension CSSMatcher {
    private static let type = Array("type".utf8), value = Array("value".utf8)
    private static let minimum = Array("min".utf8), maximum = Array("max".utf8),
        editable = Array("contenteditable".utf8)
    private static let indeterminate = Array("indeterminate".utf8)
    private static let input = TagName("input"), textarea = TagName("textarea"), progress = TagName("progress")

    mutating func passes(_ node: Int, _ state: CSSSelector.FormState) throws(CheckFailure) -> Bool {
        switch state {
        case .default:
            if try matches(node, CSSPseudoClass.checked, scope: nil) { return true }
            guard FormGroups.mayMatter(tree.nodes[node].name) else { return false }
            return try formGroups().defaultButtons.contains(node)
        case .indeterminate: return try isIndeterminate(node)
        case .editable: return try isEditable(node)
        case .withoutValue: return try !hasValue(node)
        case .inRange: return try isInRange(node)
        case .outOfRange: return try !isInRange(node)
        }
    }

    private mutating func isIndeterminate(_ node: Int) throws(CheckFailure) -> Bool {
        let name = tree.nodes[node].name
        if name == Self.progress { return tree.attribute(Self.value, of: node) == nil }
        guard name == Self.input else { return false }
        switch try text(Self.type, of: node) {
        case "checkbox": return tree.attribute(Self.indeterminate, of: node) != nil
        case "radio": return try !formGroups().hasChecked(node)
        default: return false
        }
    }

    /// Of one attribute, in lower case; empty when it is not there.
    private mutating func text(_ name: [UInt8], of node: Int) throws(CheckFailure) -> String {
        guard let attribute = try paidFor(name, node) else { return "" }
        return String(decoding: tree.value(attribute).map(ByteClass.lower), as: UTF8.self)
    }

    private mutating func formGroups() throws(CheckFailure) -> FormGroups {
        if let groups { return groups }
        try spend(tree.nodes.count)
        let groups = FormGroups(tree)
        self.groups = groups
        return groups
    }

    /// Whether `contenteditable` of it or of the nearest element around it that has a valid one says so.
    private mutating func isEditable(_ node: Int) throws(CheckFailure) -> Bool {
        var other = node
        while other > 0 {
            try spend(1)
            if tree.attribute(Self.editable, of: other) != nil {
                switch try text(Self.editable, of: other) {
                case "", "true", "plaintext-only": return true
                case "false": return false
                default: break
                }
            }
            other = Int(tree.nodes[other].parent)
        }
        return false
    }

    /// Whether something stands in a field; the line break that a text area may begin with is no part of its value.
    private mutating func hasValue(_ node: Int) throws(CheckFailure) -> Bool {
        guard tree.nodes[node].name == Self.textarea else { return try !text(Self.value, of: node).isEmpty }
        var breaks = 0
        var child = Int(tree.nodes[node].firstChild)
        while child > 0 {
            for place in Int(tree.nodes[child].start)..<Int(tree.nodes[child].end) {
                let byte = tree.source[place]
                if byte == ByteClass.newline { breaks += 1 } else if byte != 0x0D { return true }
            }
            child = Int(tree.nodes[child].next)
        }
        return breaks > 1
    }

    /// Whether the value lies between the limits of its input; what is no value of its kind lies in them.
    private mutating func isInRange(_ node: Int) throws(CheckFailure) -> Bool {
        let type = try text(Self.type, of: node)
        // A slider cannot be moved out of its limits.
        guard type != "range", let value = InputValue.number(try text(Self.value, of: node), type) else { return true }
        let low = InputValue.number(try text(Self.minimum, of: node), type)
        let high = InputValue.number(try text(Self.maximum, of: node), type)
        // From evening until morning (HTML, 4.10.5.3.7 "reversed range").
        if type == "time", let low, let high, low > high { return value >= low || value <= high }
        return value >= low ?? value && value <= high ?? value
    }
}

/// Which buttons and radio buttons of a page belong together, by form.
struct FormGroups {
    private struct Group: Hashable {
        let form: Int
        let name: [UInt8]
    }

    /// The first submit button of each form.
    private(set) var defaultButtons: Set<Int> = []
    private var groups: [Int: Group] = [:]
    private var checkedGroups: Set<Group> = []
    private var checkedAlone: Set<Int> = []

    private static let form = TagName("form"), input = TagName("input"), button = TagName("button")
    private static let type = Array("type".utf8), name = Array("name".utf8), checked = Array("checked".utf8)

    static func mayMatter(_ name: TagName) -> Bool { name == input || name == button }

    /// Nodes lie in document order, so one walk that remembers the open forms finds each control's.
    init(_ tree: MarkupTree) {
        var open: [Int] = []
        var served: Set<Int> = []
        tree.forEach(in: 0) { node in
            while let form = open.last, Int(tree.nodes[form].subtreeEnd) <= node { open.removeLast() }
            let name = tree.nodes[node].name
            if name == Self.form { open.append(node) }
            guard Self.mayMatter(name) else { return }
            let type = tree.attribute(Self.type, of: node).map { tree.value($0).map(ByteClass.lower) } ?? []
            let isButton = name == Self.button
            if isButton ? Self.submits(type) : ["submit", "image"].contains(where: { type.elementsEqual($0.utf8) }) {
                if let form = open.last, served.insert(form).inserted { defaultButtons.insert(node) }
            } else if !isButton, type.elementsEqual("radio".utf8) {
                add(node, tree, form: open.last ?? 0)
            }
        }
    }

    /// A button without a type submits.
    private static func submits(_ type: [UInt8]) -> Bool {
        !type.elementsEqual("button".utf8) && !type.elementsEqual("reset".utf8)
    }

    private mutating func add(_ node: Int, _ tree: MarkupTree, form: Int) {
        let isChecked = tree.attribute(Self.checked, of: node) != nil
        guard let name = tree.attribute(Self.name, of: node).map({ tree.value($0) }), !name.isEmpty else {
            if isChecked { checkedAlone.insert(node) }
            return
        }
        let group = Group(form: form, name: name)
        groups[node] = group
        if isChecked { checkedGroups.insert(group) }
    }

    /// Whether a radio button or another one of its group is checked.
    func hasChecked(_ node: Int) -> Bool { groups[node].map(checkedGroups.contains) ?? checkedAlone.contains(node) }
}
