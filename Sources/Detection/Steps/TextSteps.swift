import Domain

/// The steps that follow once there is text; each does nothing when its setting is off.
extension Step {
    /// Strips every line and closes up empty ones.
    static let trimWhitespace = Step(name: "trim") { draft, rules, _ throws(CheckFailure) in
        guard rules.settings.trimTextWhitespace else { return }
        try draft.rewrite { text throws(CheckFailure) in
            Lines.joined(Lines.split(text).map(Lines.stripped).filter { !$0.isEmpty })
        }
    }

    /// Fails when there is nothing to read, unless that is a page too; JSON is never empty.
    static let refuseEmpty = Step(name: "empty") { draft, rules, _ throws(CheckFailure) in
        guard draft.kind != .json, !rules.settings.emptyPagesAreAChange else { return }
        if Lines.isBlank(draft.snapshot) { throw CheckFailure(.noText) }
    }

    /// Begins a second text, without the ignored lines, for the comparison.
    static let leaveIgnoredOut = Step(name: "ignore") { draft, rules, _ throws(CheckFailure) in
        guard !rules.ignore.isEmpty else { return }
        let text = draft.snapshot
        let lines = LineIndex(text)
        let marks = try LineRules.matched(rules.ignore, text, lines, draft.matcher)
        guard marks.contains(true) else { return }
        draft.compared = Lines.joined(marks.indices.filter { !marks[$0] }.map { text[lines.range($0)] })
    }

    /// Keeps only lines that contain one of some words.
    static let extractLines = Step(name: "extract lines") { draft, rules, _ throws(CheckFailure) in
        guard !rules.extractLines.isEmpty else { return }
        let matcher = draft.matcher
        try draft.rewrite { text throws(CheckFailure) in
            let lines = LineIndex(text)
            let marks = try LineRules.matched(rules.extractLines, text, lines, matcher)
            return Lines.joined(marks.indices.filter { marks[$0] }.map { text[lines.range($0)] })
        }
    }

    /// Keeps only what some rules match, each match on its own line, in the order of the rules.
    static let extractText = Step(name: "extract text") { draft, rules, _ throws(CheckFailure) in
        guard !rules.extractText.isEmpty else { return }
        let matcher = draft.matcher
        try draft.rewrite { text throws(CheckFailure) in
            try Extraction.matches(of: rules.extractText, in: text, matcher)
        }
    }

    /// Keeps the first of equal lines; blank ones go.
    static let removeDuplicates = Step(name: "duplicates") { draft, rules, _ throws(CheckFailure) in
        guard rules.settings.removeDuplicateLines else { return }
        try draft.rewrite { text throws(CheckFailure) in
            var seen = Set<ArraySlice<UInt8>>()
            return Lines.joined(Lines.split(text).filter { !$0.isEmpty && seen.insert($0).inserted })
        }
    }

    /// Sorts lines in any case; equal ones keep their order, empty ones go.
    static let sortLines = Step(name: "sort") { draft, rules, _ throws(CheckFailure) in
        guard rules.settings.sortTextAlphabetically else { return }
        try draft.rewrite { text throws(CheckFailure) in
            let keyed = Lines.split(text).filter { !$0.isEmpty }.map { (key: Lines.folded($0), line: $0) }
            let order = keyed.indices.sorted { one, other in
                if keyed[one].key == keyed[other].key { return one < other }
                return keyed[one].key.lexicographicallyPrecedes(keyed[other].key)
            }
            return Lines.joined(order.map { keyed[$0].line })
        }
    }

    /// Leaves ignored lines out of the snapshot too.
    static let stripIgnored = Step(name: "strip ignored") { draft, rules, _ throws(CheckFailure) in
        guard rules.settings.stripIgnoredLines, let compared = draft.compared else { return }
        draft.snapshot = compared
    }
}
