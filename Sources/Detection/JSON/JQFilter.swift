import Differences
import Domain

/// A filter in the language of jq 1.6, run by Debian's libjq in a process of its own (`turnstone-jq`).
///
/// The language has endless loops and lists without bound, and its library no limit for either; a process has. What
/// asks for files, the environment, more input or the end of the program is refused beforehand, although there it would
/// find nothing.
struct JQFilter: Sendable {
    let source: String
    /// Results one per line, texts without quotes; else as JSON.
    let isRaw: Bool
    /// It can stand beside others in one program and mean the same.
    let canBeJoined: Bool

    private static let lengthLimit = 5000
    private static let refused: Set<String> = [
        "env", "ENV", "input", "inputs", "debug", "stderr", "input_filename", "input_line_number", "include", "import",
        "halt", "halt_error", "get_search_list", "modulemeta", "__prog_args", "getpath_input",
    ]

    /// Looks at the words only; `compile` asks jq itself.
    init(_ source: String, isRaw: Bool) throws(SelectorError) {
        self.source = source
        self.isRaw = isRaw
        guard source.utf8.count <= Self.lengthLimit else {
            throw SelectorError(message: "it is longer than \(Self.lengthLimit) characters")
        }
        guard !source.allSatisfy(\.isWhitespace) else { throw SelectorError(message: "it is empty") }
        guard !source.utf8.contains(0) else { throw SelectorError(message: "it has a NUL character") }
        let bytes = Array(source.utf8)
        var words = JQWords(bytes)
        var knowsItsLine = false
        while let place = words.next() {
            let word = String(decoding: bytes[place], as: UTF8.self)
            if Self.refused.contains(word), !Self.isOwn(bytes, place) {
                throw SelectorError(message: "'\(word)' is not allowed: a filter may only see the page's JSON")
            }
            if word == "__loc__" { knowsItsLine = true }
        }
        canBeJoined = words.isClosed && !knowsItsLine
    }

    /// Whether the word is a field (`.env`), a key (`{env: 1}`) or a variable that the filter itself binds (`. as
    /// $env`): of the variables only `$ENV` and those with underscores are jq's own.
    private static func isOwn(_ bytes: [UInt8], _ word: Range<Int>) -> Bool {
        if word.lowerBound > 0, bytes[word.lowerBound - 1] == UInt8(ascii: ".") { return true }
        if word.lowerBound > 0, bytes[word.lowerBound - 1] == UInt8(ascii: "$") {
            return !bytes[word].elementsEqual("ENV".utf8) && bytes[word.lowerBound] != UInt8(ascii: "_")
        }
        let rest = bytes[word.upperBound...].drop(while: ByteClass.isSpace)
        return rest.first == UInt8(ascii: ":") && rest.dropFirst().first != UInt8(ascii: ":")
    }

    // MARK: On a page

    /// What the filter makes of `json`: its one result, or the list of several; nil when it gives none.
    func results(of json: [UInt8]) throws(CheckFailure) -> [UInt8]? {
        try Self.results(of: json, for: [self])[0]
    }

    /// As above, of several filters. Those that can be are joined to one program: what costs time is to compile one,
    /// and to read the page.
    static func results(
        of json: [UInt8], for filters: [JQFilter], _ purpose: DetectionPurpose = .check
    ) throws(CheckFailure) -> [[UInt8]?] {
        guard filters.count > 1 else {
            return try filters.map { filter throws(CheckFailure) in try filter.results(of: json, purpose) }
        }
        let joined = filters.indices.filter { filters[$0].canBeJoined }
        var found: [Int: [UInt8]?] = [:]
        if joined.count > 1, let texts = try run(joined.map { filters[$0] }, json, purpose) {
            for (index, text) in zip(joined, texts) { found[index] = .some(text) }
        }
        return try filters.indices.map { index throws(CheckFailure) in
            if let known = found[index] { return known }
            return try filters[index].results(of: json, purpose)
        }
    }

    private func results(of json: [UInt8], _ purpose: DetectionPurpose) throws(CheckFailure) -> [UInt8]? {
        try Self.run([self], json, purpose)?[0]
    }

    /// What each filter of one program finds; nil when jq does not compile several.
    private static func run(
        _ filters: [JQFilter], _ json: [UInt8], _ purpose: DetectionPurpose
    ) throws(CheckFailure) -> [[UInt8]?]? {
        let request = JQRequest(
            program: filters.map { "[(\($0.source)\n)]" }.joined(separator: ","), isRaw: filters.map(\.isRaw),
            json: json)
        switch try answer(request, purpose, filters[0].source) {
        case .notCompiled where filters.count > 1: return nil
        case .notCompiled(let words):
            let line = words.split(whereSeparator: \.isNewline).first.map(String.init) ?? "jq rejects it"
            throw CheckFailure(.badFilter, "\(filters[0].source.prefix(200)): \(line)")
        case .failed(let place, let words):
            throw CheckFailure(.badFilter, "\(filters[min(place, filters.count - 1)].source.prefix(200)): \(words)")
        case .found(let texts):
            guard texts.count == filters.count else { return nil }
            return texts.map { text in
                guard var text else { return nil }
                while text.last == ByteClass.newline { text.removeLast() }
                return Lines.isBlank(text) ? nil : text
            }
        }
    }

    /// What takes too much is the filter and not the page, which was read as JSON before.
    private static func answer(
        _ request: JQRequest, _ purpose: DetectionPurpose, _ source: String
    ) throws(CheckFailure) -> JQAnswer {
        do {
            return try JQProcesses.shared.answer(request, for: purpose)
        } catch {
            guard error.code == .tooComplex else { throw error }
            throw CheckFailure(.badFilter, "\(source.prefix(200)): \(error.detail ?? "it takes too long")")
        }
    }
}
