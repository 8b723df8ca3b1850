import Domain

/// What is wrong with filters whatever the page, found by jq itself without running them.
extension JQFilter {
    /// So long one look at all filters of somebody may take, on a machine that has much else to do; those that are left
    /// are refused.
    private static let patience = Duration.seconds(20)

    /// Has jq compile the filter; waits for a process.
    func compile() throws(SelectorError) {
        if let error = Self.problems(of: [self])[0] { throw error }
    }

    /// What is wrong with each filter; nil for those that can be used.
    ///
    /// Those that can be are compiled together, which takes hardly longer than one; where that fails, each half is.
    static func problems(of filters: [JQFilter]) -> [SelectorError?] {
        var problems = [SelectorError?](repeating: nil, count: filters.count)
        let deadline = ContinuousClock.now + patience
        let joined = filters.indices.filter { filters[$0].canBeJoined }
        var parts = [joined] + filters.indices.filter { !filters[$0].canBeJoined }.map { [$0] }
        while let part = parts.popLast() {
            guard let first = part.first else { continue }
            guard ContinuousClock.now < deadline else {
                for index in part { problems[index] = SelectorError(message: "there was no time left to try it") }
                continue
            }
            guard let complaint = complaint(about: part.map { filters[$0] }) else { continue }
            if part.count == 1 {
                problems[first] = SelectorError(message: filters[first].told(complaint))
            } else {
                parts.append(Array(part[(part.count / 2)...]))
                parts.append(Array(part[..<(part.count / 2)]))
            }
        }
        return problems
    }

    /// jq's own words, or why it cannot be asked; nil when it compiles them all.
    private static func complaint(about filters: [JQFilter]) -> String? {
        let program = filters.map { "(\($0.source)\n)" }.joined(separator: ",")
        do {
            switch try JQProcesses.shared.answer(JQRequest(program: "empty | (\(program))"), for: .person) {
            case .found: return nil
            case .notCompiled(let words), .failed(_, let words):
                let lines = words.split(whereSeparator: \.isNewline).map(String.init)
                let line = lines.first { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) }
                return line ?? "jq rejects it"
            }
        } catch {
            return error.detail ?? error.message
        }
    }

    private static let mark = "jq: error: "

    /// jq's complaint without its guess about a shell, and without what it says of the brackets that `complaint` puts
    /// around the filter, on a line of their own behind it.
    private func told(_ complaint: String) -> String {
        let words = complaint.replacing(" (Unix shell quoting issues?)", with: "")
        guard let place = words.firstRange(of: " at <top-level>, line ") else { return words }
        let line = Int(words[place.upperBound...].prefix { $0.isNumber }) ?? 1
        let isOurs = line > source.utf8.count { $0 == ByteClass.newline } + 1
        if isOurs, words.contains("expecting $end") { return "it closes a bracket that is not open" }
        if isOurs || words.contains("unexpected $end") { return "it ends before it is complete" }
        return String(words[..<place.lowerBound])
    }
}
