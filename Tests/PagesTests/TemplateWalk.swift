import Foundation

@testable import Pages
@testable import WebCore

/// Walks a template with everything a page gives it, taking every branch, and says which names would render as nothing.
///
/// A section is entered with what the samples put into it; a list or group that no sample fills is a problem too, since
/// nothing behind it could be checked.
struct TemplateWalk {
    let sources: [String: String]
    private(set) var problems: Set<String> = []

    init(sources: [String: String]) {
        self.sources = sources
    }

    /// `scopes` are all samples' fields, innermost last; each scope is a list of alternatives.
    mutating func walk(_ name: String, _ scopes: [[Fields]]) {
        guard let source = sources[name] else {
            problems.insert("\(name): there is no such template")
            return
        }
        var tags = ArraySlice(TemplateTag.all(in: source))
        walk(&tags, in: name, scopes, until: nil)
    }

    private mutating func walk(
        _ tags: inout ArraySlice<TemplateTag>, in name: String, _ scopes: [[Fields]], until end: String?
    ) {
        while let tag = tags.popFirst() {
            switch tag.kind {
            case .end:
                if tag.name != end { problems.insert("\(name): {{/\(tag.name)}} closes \(end ?? "nothing")") }
                return
            case .text, .markup:
                check(tag, in: name, scopes)
            case .section, .inverted:
                walkSection(tag, &tags, in: name, scopes)
            case .partial:
                walk(tag.name, scopes)
            case .parent:
                walk(tag.name, scopes)
                walk(&tags, in: name, scopes, until: tag.name)
            case .block:
                walk(&tags, in: name, scopes, until: tag.name)
            }
        }
        if let end { problems.insert("\(name): {{\(end)}} is never closed") }
    }

    private mutating func walkSection(
        _ tag: TemplateTag, _ tags: inout ArraySlice<TemplateTag>, in name: String, _ scopes: [[Fields]]
    ) {
        let found = resolve(tag.name, scopes)
        if found.isEmpty { problems.insert("\(name): nobody gives {{#\(tag.name)}}") }
        var inner: [Fields] = []
        var hasContent = false
        for field in found {
            switch field {
            case .group(let fields): inner.append(fields)
            case .list(let list): inner += list
            case .nothing: continue
            case .text, .number, .flag, .markup: break
            }
            hasContent = true
        }
        let opens =
            tag.kind == .section
            && found.contains { if case .list = $0 { true } else if case .group = $0 { true } else { false } }
        if tag.kind == .section, !hasContent || opens && inner.isEmpty {
            problems.insert("\(name): no sample fills {{#\(tag.name)}}")
        }
        walk(&tags, in: name, opens && !inner.isEmpty ? scopes + [inner] : scopes, until: tag.name)
    }

    private mutating func check(_ tag: TemplateTag, in name: String, _ scopes: [[Fields]]) {
        let found = resolve(tag.name, scopes)
        if found.isEmpty { problems.insert("\(name): nobody gives {{\(tag.name)}}") }
        for field in found {
            switch (field, tag.kind) {
            case (.markup, .text): problems.insert("\(name): {{\(tag.name)}} escapes markup")
            case (.text, .markup), (.number, .markup):
                problems.insert("\(name): {{{\(tag.name)}}} does not escape text")
            case (.group, _), (.list, _): problems.insert("\(name): {{\(tag.name)}} is not text")
            default: break
            }
        }
    }

    /// What the name stands for in each alternative of the innermost scope that has it, as Mustache looks for it. In
    /// that scope every alternative must have it, else some page would show an outer field of the same name.
    private mutating func resolve(_ name: String, _ scopes: [[Fields]]) -> [Field] {
        let parts = name.split(separator: ".").map(String.init)
        guard let first = parts.first else { return [] }
        for scope in scopes.reversed() {
            var found = scope.compactMap { $0[first] }
            guard !found.isEmpty else { continue }
            if found.count < scope.count { problems.insert("{{\(name)}} is given by some samples and not by others") }
            for part in parts.dropFirst() {
                found = found.flatMap { field -> [Field] in
                    switch field {
                    case .group(let fields): fields[part].map { [$0] } ?? []
                    default: []
                    }
                }
            }
            return found
        }
        return []
    }
}
