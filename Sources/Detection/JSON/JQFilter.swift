import Differences
import Domain

/// A filter in the language of jq 1.6, run by Debian's `jq` in a process of its own.
///
/// The language has endless loops and lists without bound, and its library no limit for either; a process has. What
/// asks for files, the environment, more input or the end of the program is refused beforehand, although there it would
/// find nothing.
struct JQFilter: Sendable {
    let source: String
    /// Results one per line, texts without quotes; else as JSON.
    let isRaw: Bool

    private static let lengthLimit = 5000
    private static let refused: Set<String> = [
        "env", "ENV", "input", "inputs", "debug", "stderr", "input_filename", "input_line_number", "include", "import",
        "halt", "halt_error", "get_search_list", "modulemeta", "__prog_args", "getpath_input",
    ]
    private static let program = OutsideProgram(name: "jq", seconds: 3)

    /// Looks at the words only; `compile` asks jq itself.
    init(_ source: String, isRaw: Bool) throws(SelectorError) {
        self.source = source
        self.isRaw = isRaw
        guard source.utf8.count <= Self.lengthLimit else {
            throw SelectorError(message: "it is longer than \(Self.lengthLimit) characters")
        }
        guard !source.allSatisfy(\.isWhitespace) else { throw SelectorError(message: "it is empty") }
        guard !source.utf8.contains(0) else { throw SelectorError(message: "it has a NUL character") }
        if let word = Self.refusedWord(in: Array(source.utf8)) {
            throw SelectorError(message: "'\(word)' is not allowed: a filter may only see the page's JSON")
        }
    }

    /// Has jq compile the filter without running it; starts a process.
    func compile() throws(SelectorError) {
        let output: OutsideProgram.Output
        do throws(CheckFailure) {
            output = try Self.program.run(["--null-input", "empty | (\(source)\n)"], input: [])
        } catch {
            throw SelectorError(message: error.detail ?? error.message)
        }
        guard output.status != 0 else { return }
        let lines = output.complaint.split(whereSeparator: \.isNewline).map(String.init)
        let line = lines.first { $0.hasPrefix("jq: error: ") }.map { String($0.dropFirst("jq: error: ".count)) }
        throw SelectorError(message: line.map(told) ?? "jq rejects it")
    }

    /// jq's complaint without its guess about a shell, and without what it says of the bracket that `compile` puts
    /// around the filter, on a line of its own behind it.
    private func told(_ complaint: String) -> String {
        let words = complaint.replacing(" (Unix shell quoting issues?)", with: "")
        guard let place = words.firstRange(of: " at <top-level>, line ") else { return words }
        let line = Int(words[place.upperBound...].prefix { $0.isNumber }) ?? 1
        let isOurs = line > source.utf8.count { $0 == ByteClass.newline } + 1
        if isOurs, words.contains("expecting $end") { return "it closes a bracket that is not open" }
        if isOurs || words.contains("unexpected $end") { return "it ends before it is complete" }
        return String(words[..<place.lowerBound])
    }

    /// What the filter makes of `json`: its one result, or the list of several; nil when it gives none.
    func results(of json: [UInt8]) throws(CheckFailure) -> [UInt8]? {
        let listed = "[\(source)\n] | if length == 1 then .[0] elif length == 0 then empty else . end"
        let arguments =
            isRaw ? ["--raw-output", "--compact-output", source] : ["--indent", "4", listed]
        let output = try run(arguments, json)
        guard output.status == 0 else {
            let line = output.complaint.split(whereSeparator: \.isNewline).first.map(String.init) ?? "jq failed"
            throw CheckFailure(.badFilter, "\(source): \(line)")
        }
        var text = output.bytes
        while text.last == ByteClass.newline { text.removeLast() }
        return Lines.isBlank(text) ? nil : text
    }

    /// What takes too much is the filter and not the page, which was read as JSON before.
    private func run(_ arguments: [String], _ json: [UInt8]) throws(CheckFailure) -> OutsideProgram.Output {
        do {
            return try Self.program.run(arguments, input: json)
        } catch {
            guard error.code == .tooComplex else { throw error }
            throw CheckFailure(.badFilter, "\(source.prefix(200)): \(error.detail ?? "it takes too long")")
        }
    }

    /// The first word that may not be used: one of the list that is not the filter's own nor inside of a text, but for
    /// what a text computes.
    private static func refusedWord(in bytes: [UInt8]) -> String? {
        var index = 0
        // Brackets open inside of each text that computes something.
        var texts: [Int] = []
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "#") {
                while index < bytes.count, bytes[index] != ByteClass.newline { index += 1 }
            } else if byte == UInt8(ascii: "\"") {
                index = afterText(bytes, index + 1, &texts)
            } else if byte == UInt8(ascii: "("), !texts.isEmpty {
                texts[texts.count - 1] += 1
                index += 1
            } else if byte == UInt8(ascii: ")"), let open = texts.last {
                index += 1
                if open == 0 {
                    texts.removeLast()
                    index = afterText(bytes, index, &texts)
                } else {
                    texts[texts.count - 1] -= 1
                }
            } else if isWord(byte) {
                let start = index
                while index < bytes.count, isWord(bytes[index]) || ByteClass.isDigit(bytes[index]) { index += 1 }
                let word = String(decoding: bytes[start..<index], as: UTF8.self)
                if refused.contains(word), !isOwn(bytes, start..<index) { return word }
            } else {
                index += 1
            }
        }
        return nil
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

    private static func isWord(_ byte: UInt8) -> Bool { ByteClass.isLetter(byte) || byte == UInt8(ascii: "_") }

    /// The place behind a text, or behind the bracket where it begins to compute.
    private static func afterText(_ bytes: [UInt8], _ start: Int, _ texts: inout [Int]) -> Int {
        var index = start
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            if bytes[index] == UInt8(ascii: "\\") {
                if index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "(") {
                    texts.append(0)
                    return index + 2
                }
                index += 1
            }
            index += 1
        }
        return min(index + 1, bytes.count)
    }
}
