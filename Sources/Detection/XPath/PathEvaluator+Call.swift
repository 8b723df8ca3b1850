import Differences
import Domain
import Foundation
import Patterns

/// Calls of functions; long, since each function is one line or a few.
extension PathEvaluator {
    mutating func call(
        _ function: PathFunction, _ arguments: [PathTerm], _ pattern: Pattern?, _ focus: Focus
    ) throws(CheckFailure) -> [PathItem] {
        switch function {
        case .last: return [.number(Double(focus.size))]
        case .position: return [.number(Double(focus.position))]
        case .isTrue: return [.bool(true)]
        case .isFalse: return [.bool(false)]
        case .not: return [.bool(try !truth(arguments[0], focus))]
        case .boolean, .xsBoolean: return [.bool(try truth(arguments[0], focus))]
        case .matches, .replace, .tokenize, .reTest, .reMatch, .reReplace:
            return try callRegex(function, arguments, pattern, focus)
        default: break
        }
        var values: [[PathItem]] = []
        for argument in arguments { values.append(try value(argument, focus)) }
        if values.isEmpty, function != .mathPi { values = [focus.item.map { [$0] } ?? []] }
        if let items = try callOnNodes(function, values, focus) { return items }
        if let items = try callOnSequences(function, values) { return items }
        if let items = try callOnNumbers(function, values) { return items }
        if function.rawValue.hasPrefix("date:"), let items = try callDate(function, try text(values, 0)) {
            return items
        }
        return try callOnTexts(function, values)
    }

    /// The first value of an argument as text; empty without one.
    private mutating func text(_ values: [[PathItem]], _ place: Int) throws(CheckFailure) -> [UInt8] {
        guard place < values.count, let item = values[place].first else { return [] }
        return try string(item)
    }

    private mutating func texts(_ items: [PathItem]) throws(CheckFailure) -> [[UInt8]] {
        var texts: [[UInt8]] = []
        var sum = 0
        for item in items {
            texts.append(try string(item))
            sum += texts[texts.count - 1].count
            try refuseLength(sum)
        }
        return texts
    }

    private mutating func firstNumber(_ items: [PathItem]) throws(CheckFailure) -> Double? {
        guard let item = items.first else { return nil }
        return try number(item)
    }

    private mutating func numbers(_ items: [PathItem]) throws(CheckFailure) -> [Double] {
        var numbers: [Double] = []
        for item in items { numbers.append(try number(item)) }
        return numbers
    }

    // MARK: Nodes

    private mutating func callOnNodes(
        _ function: PathFunction, _ values: [[PathItem]], _ focus: Focus
    ) throws(CheckFailure) -> [PathItem]? {
        switch function {
        case .count: return [.number(Double(values[0].count))]
        case .root: return [.node(PathNode(0))]
        case .name, .nodeName: return [.string(name(of: values[0].first))]
        case .localName:
            let name = name(of: values[0].first)
            return [.string(Array(name.split(separator: 0x3A).last ?? []))]
        case .namespaceURI: return [.string([])]
        case .hasChildren:
            let node = values[0].first?.node
            return [.bool(node.map { $0.attribute < 0 && tree.nodes[Int($0.index)].firstChild >= 0 } ?? false)]
        case .id: return try nodes(withIDs: texts(values[0]))
        case .lang: return [.bool(try hasLanguage(try text(values, 0), focus.item?.node))]
        case .innermost, .outermost: return nest(values[0].compactMap(\.node), isInner: function == .innermost)
        case .setDifference: return try combine(.difference, values[0], values[1]).map { .node($0) }
        case .setIntersection: return try combine(.intersection, values[0], values[1]).map { .node($0) }
        case .setHasSameNode: return [.bool(try !combine(.intersection, values[0], values[1]).isEmpty)]
        case .setDistinct:
            var seen = Set<[UInt8]>()
            var kept: [PathItem] = []
            for item in values[0] where seen.insert(try string(item)).inserted { kept.append(item) }
            return kept
        case .setLeading, .setTrailing:
            guard let mark = values[1].compactMap(\.node).min() else { return values[0] }
            return values[0].filter { item in
                item.node.map { function == .setLeading ? $0 < mark : mark < $0 } ?? false
            }
        default: return nil
        }
    }

    func name(of item: PathItem?) -> [UInt8] {
        guard let node = item?.node else { return [] }
        let index = Int(node.index)
        return node.attribute < 0
            ? tree.nodes[index].isElement ? tree.elementName(index) : []
            : tree.attributeName(tree.attributes(of: index)[Int(node.attribute)])
    }

    private mutating func nodes(withIDs texts: [[UInt8]]) throws(CheckFailure) -> [PathItem] {
        let wanted = Set(texts.flatMap { $0.split(whereSeparator: ByteClass.isSpace) })
        var seen = Set<ArraySlice<UInt8>>()
        var found: [PathItem] = []
        try step(tree.nodes.count / 4)
        tree.forEach(in: 0) { node in
            guard tree.nodes[node].isElement, let id = tree.attribute(Array("id".utf8), of: node) else { return }
            let value = tree.value(id)[...]
            if wanted.contains(value), seen.insert(value).inserted { found.append(.node(PathNode(node))) }
        }
        return found
    }

    private mutating func hasLanguage(_ wanted: [UInt8], _ node: PathNode?) throws(CheckFailure) -> Bool {
        guard var place = node.map({ Int($0.index) }) else { return false }
        while place > 0 {
            try step()
            let names = tree.isHTML ? ["lang", "xml:lang"] : ["xml:lang"]
            for name in names {
                guard let attribute = tree.attribute(Array(name.utf8), of: place) else { continue }
                let value = Lines.folded(tree.value(attribute)[...]), wanted = Lines.folded(wanted[...])
                return value == wanted || value.starts(with: wanted + [UInt8(ascii: "-")])
            }
            place = Int(tree.nodes[place].parent)
        }
        return false
    }

    private func nest(_ nodes: [PathNode], isInner: Bool) -> [PathItem] {
        let sorted = Set(nodes).sorted()
        var kept: [PathNode] = []
        for node in sorted {
            let isInside = kept.last.map { node.index < tree.nodes[Int($0.index)].subtreeEnd } ?? false
            if !isInside { kept.append(node) } else if isInner { kept[kept.count - 1] = node }
        }
        return kept.map { .node($0) }
    }

    // MARK: Sequences

    private mutating func callOnSequences(
        _ function: PathFunction, _ values: [[PathItem]]
    ) throws(CheckFailure) -> [PathItem]? {
        let items = values.first ?? []
        switch function {
        case .empty: return [.bool(items.isEmpty)]
        case .deepEqual: return [.bool(try isDeepEqual(values[0], values[1]))]
        case .exists: return [.bool(!items.isEmpty)]
        case .head: return Array(items.prefix(1))
        case .tail: return Array(items.dropFirst())
        case .reverse: return items.reversed()
        case .unordered, .zeroOrOne, .oneOrMore, .exactlyOne: return items
        case .data: return try texts(items).map { .string($0) }
        case .subsequence:
            let start = try number(values[1].first ?? .number(.nan)).rounded()
            let count = values.count > 2 ? try number(values[2].first ?? .number(.nan)).rounded() : .infinity
            return items.indices.filter { Double($0 + 1) >= start && Double($0 + 1) < start + count }.map { items[$0] }
        case .remove:
            let place = try number(values[1].first ?? .number(.nan))
            return items.indices.filter { Double($0 + 1) != place }.map { items[$0] }
        case .insertBefore:
            let place = try number(values[1].first ?? .number(.nan))
            let at = place.isNaN ? 0 : Int(min(max(place - 1, 0), Double(items.count)))
            return Array(items[..<at]) + values[2] + Array(items[at...])
        case .indexOf:
            guard let wanted = values[1].first else { return [] }
            var places: [PathItem] = []
            for (place, item) in items.enumerated() where try compare(.equal, item, wanted) {
                places.append(.number(Double(place + 1)))
            }
            return places
        case .distinctValues:
            var seen = Set<[UInt8]>()
            var kept: [PathItem] = []
            for item in items {
                let text = try string(item)
                if seen.insert(text).inserted { kept.append(item.node == nil ? item : .string(text)) }
            }
            return kept
        case .sort: return try sorted(items)
        default: return nil
        }
    }

    /// Numbers by their worth, before texts by their code points.
    private mutating func sorted(_ items: [PathItem]) throws(CheckFailure) -> [PathItem] {
        var keyed: [(number: Double?, text: [UInt8], place: Int)] = []
        for (place, item) in items.enumerated() {
            if case .number(let number) = item {
                keyed.append((number, [], place))
            } else {
                keyed.append((nil, try string(item), place))
            }
        }
        keyed.sort { one, other in
            if let left = one.number, let right = other.number, left != right { return left < right }
            if (one.number == nil) != (other.number == nil) { return one.number != nil }
            if one.text != other.text { return one.text.lexicographicallyPrecedes(other.text) }
            return one.place < other.place
        }
        return keyed.map { items[$0.place] }
    }

    // MARK: Numbers

    private mutating func callOnNumbers(
        _ function: PathFunction, _ values: [[PathItem]]
    ) throws(CheckFailure) -> [PathItem]? {
        let items = values.first ?? []
        switch function {
        case .number: return [.number(try firstNumber(items) ?? .nan)]
        case .formatNumber:
            let picture = String(decoding: try text(values, 1), as: UTF8.self)
            guard let text = PathNumberFormat.text(try firstNumber(items) ?? .nan, picture) else {
                throw failure("'\(picture.prefix(60))' is not a valid number format")
            }
            return [.string(Array(text.utf8))]
        case .xsDouble, .xsDecimal: return try firstNumber(items).map { [.number($0)] } ?? []
        case .xsInteger: return try firstNumber(items).map { [.number($0.rounded(.towardZero))] } ?? []
        case .sum:
            guard !items.isEmpty || values.count < 2 else { return values[1] }
            return [.number(try numbers(items).reduce(0, +))]
        case .avg: return items.isEmpty ? [] : [.number(try numbers(items).reduce(0, +) / Double(items.count))]
        case .min, .max: return try extreme(items, isLeast: function == .min)
        case .mathMin: return [.number(try Self.extreme(numbers(items), isLeast: true))]
        case .mathMax: return [.number(try Self.extreme(numbers(items), isLeast: false))]
        case .mathHighest, .mathLowest:
            let worths = try numbers(items)
            let best = Self.extreme(worths, isLeast: function == .mathLowest)
            return zip(items, worths).filter { $0.1 == best }.map { $0.0 }
        case .mathPi: return [.number(.pi)]
        case .mathPow, .mathPower:
            guard let base = items.first, let power = values[1].first else { return [] }
            return [.number(pow(try number(base), try number(power)))]
        case .round, .roundHalfToEven:
            guard let item = items.first else { return [] }
            let places = values.count > 1 ? try number(values[1].first ?? .number(0)) : 0
            return [.number(Self.rounded(try number(item), places, toEven: function == .roundHalfToEven))]
        default:
            guard let change = Self.changes[function] else { return nil }
            return try firstNumber(items).map { [.number(change($0))] } ?? []
        }
    }

    private static let changes: [PathFunction: @Sendable (Double) -> Double] = [
        .floor: { $0.rounded(.down) }, .ceiling: { $0.rounded(.up) }, .abs: { Swift.abs($0) },
        .mathAbs: { Swift.abs($0) },
        .mathSqrt: { $0.squareRoot() }, .mathExp: { exp($0) }, .mathLog: { log($0) }, .mathLog10: { log10($0) },
        .mathSin: { sin($0) }, .mathCos: { cos($0) }, .mathTan: { tan($0) },
    ]

    /// Halves go up (XPath 3.1, fn:round), or to the even neighbour.
    private static func rounded(_ number: Double, _ places: Double, toEven: Bool) -> Double {
        let scale = pow(10, min(max(places, -15), 15))
        let scaled = number * scale
        guard scaled.isFinite else { return number }
        return (toEven ? scaled.rounded(.toNearestOrEven) : (scaled + 0.5).rounded(.down)) / scale
    }

    private static func extreme(_ numbers: [Double], isLeast: Bool) -> Double {
        if numbers.contains(where: \.isNaN) { return .nan }
        return (isLeast ? numbers.min() : numbers.max()) ?? .nan
    }

    /// The least or greatest: as numbers where all spell numbers, else as texts.
    private mutating func extreme(_ items: [PathItem], isLeast: Bool) throws(CheckFailure) -> [PathItem] {
        guard !items.isEmpty else { return [] }
        let worths = try numbers(items)
        if !worths.contains(where: \.isNaN) { return [.number(Self.extreme(worths, isLeast: isLeast))] }
        let all = try texts(items)
        let best =
            isLeast
            ? all.min { $0.lexicographicallyPrecedes($1) } : all.max { $0.lexicographicallyPrecedes($1) }
        return best.map { [.string($0)] } ?? []
    }

    // MARK: Texts

    private mutating func callOnTexts(_ function: PathFunction, _ values: [[PathItem]]) throws(CheckFailure)
        -> [PathItem]
    {
        let first = try text(values, 0)
        let second = values.count > 1 ? try text(values, 1) : []
        switch function {
        case .string, .xsString: return [.string(first)]
        case .concat:
            var whole: [UInt8] = []
            for value in values {
                if let item = value.first { whole += try string(item) }
                try refuseLength(whole.count)
            }
            return [.string(whole)]
        case .strConcat: return [.string(Array(try texts(values[0]).joined()))]
        case .stringJoin:
            try refuseLength(values[0].count * second.count)
            return [.string(Array(try texts(values[0]).joined(separator: second)))]
        case .contains: return [.bool(second.isEmpty || first.firstRange(of: second) != nil)]
        case .startsWith: return [.bool(first.starts(with: second))]
        case .endsWith: return [.bool(first.reversed().starts(with: second.reversed()))]
        case .containsToken:
            let token = Array(Lines.trimmed(second[...]))
            let all = try texts(values[0])
            return [
                .bool(all.contains { $0.split(whereSeparator: ByteClass.isSpace).contains { $0.elementsEqual(token) } })
            ]
        case .substringBefore:
            let range = second.isEmpty ? nil : first.firstRange(of: second)
            return [.string(range.map { Array(first[..<$0.lowerBound]) } ?? [])]
        case .substringAfter:
            if second.isEmpty { return [.string(first)] }
            return [.string(first.firstRange(of: second).map { Array(first[$0.upperBound...]) } ?? [])]
        case .substring: return [.string(try substring(first, values))]
        case .stringLength: return [.number(Double(first.count { $0 & 0xC0 != 0x80 }))]
        case .normalizeSpace:
            return [.string(Array(first.split(whereSeparator: ByteClass.isSpace).joined(separator: [ByteClass.space])))]
        case .lowerCase: return [.string(Array(String(decoding: first, as: UTF8.self).lowercased().utf8))]
        case .upperCase: return [.string(Array(String(decoding: first, as: UTF8.self).uppercased().utf8))]
        case .translate: return [.string(Self.translate(first, second, try text(values, 2)))]
        case .compare:
            guard !values[0].isEmpty, !values[1].isEmpty else { return [] }
            return [.number(first == second ? 0 : first.lexicographicallyPrecedes(second) ? -1 : 1)]
        case .codepointEqual: return [.bool(first == second)]
        case .codepointsToString:
            var bytes: [UInt8] = []
            for number in try numbers(values[0]) {
                CharacterReference.append(number >= 0 && number < 1_114_112 ? UInt32(number) : 0xFFFD, to: &bytes)
            }
            return [.string(bytes)]
        case .stringToCodepoints:
            try refuseCount(first.count { $0 & 0xC0 != 0x80 })
            return String(decoding: first, as: UTF8.self).unicodeScalars.map { .number(Double($0.value)) }
        case .encodeForURI, .strEncodeURI: return [.string(Self.percentEncoded(first))]
        case .strDecodeURI:
            let text = String(decoding: first, as: UTF8.self)
            return [.string(Array((text.removingPercentEncoding ?? text).utf8))]
        case .strTokenize:
            let delimiters =
                values.count > 1
                ? Set(String(decoding: second, as: UTF8.self).unicodeScalars) : ["\t", "\n", "\r", " "]
            let scalars = String(decoding: first, as: UTF8.self).unicodeScalars
            try refuseCount(scalars.count { delimiters.contains($0) })
            return scalars.split { delimiters.contains($0) }
                .map { .string(Array(String(String.UnicodeScalarView($0)).utf8)) }
        case .strSplit:
            let separator = values.count > 1 ? second : [ByteClass.space]
            guard !separator.isEmpty else {
                try refuseCount(first.count)
                return String(decoding: first, as: UTF8.self).map { .string(Array(String($0).utf8)) }
            }
            let parts = first.split(separator: separator, maxSplits: limits.treeNodes)
            try refuseCount(parts.count)
            return parts.map { .string(Array($0)) }
        case .strReplace:
            return [.string(try replaced(first, second, with: try text(values, 2)))]
        case .strPadding: return [.string(try padding(values, second))]
        case .strAlign: return [.string(Self.align(first, second, try text(values, 2)))]
        default: throw failure("'\(function.rawValue)()' is not supported here")
        }
    }

    /// By characters, with rounded bounds (XPath 3.1, fn:substring).
    private mutating func substring(_ text: [UInt8], _ values: [[PathItem]]) throws(CheckFailure) -> [UInt8] {
        let start = try number(values[1].first ?? .number(.nan))
        let length = values.count > 2 ? try number(values[2].first ?? .number(.nan)) : .infinity
        let first = (start + 0.5).rounded(.down), end = first + (length + 0.5).rounded(.down)
        var result: [UInt8] = []
        var position = 0.0
        for byte in text {
            if byte & 0xC0 != 0x80 { position += 1 }
            if position >= first, position < end || length == .infinity { result.append(byte) }
        }
        return result
    }

    private func replaced(
        _ text: [UInt8], _ sought: [UInt8], with replacement: [UInt8]
    ) throws(CheckFailure) -> [UInt8] {
        guard !sought.isEmpty else { return text }
        if text.count / sought.count * replacement.count > limits.matchedBytes {
            var rest = text[...]
            var length = text.count
            while let place = rest.firstRange(of: sought) {
                length += replacement.count - sought.count
                try refuseLength(length)
                rest = rest[place.upperBound...]
            }
        }
        return text.replacing(sought, with: replacement)
    }

    private static func translate(_ text: [UInt8], _ from: [UInt8], _ to: [UInt8]) -> [UInt8] {
        let wanted = Array(String(decoding: from, as: UTF8.self).unicodeScalars)
        let given = Array(String(decoding: to, as: UTF8.self).unicodeScalars)
        var map: [Unicode.Scalar: Unicode.Scalar?] = [:]
        for (place, scalar) in wanted.enumerated() where map[scalar] == nil {
            map[scalar] = .some(place < given.count ? given[place] : nil)
        }
        var result = String.UnicodeScalarView()
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            if let change = map[scalar] {
                if let change { result.append(change) }
            } else {
                result.append(scalar)
            }
        }
        return Array(String(result).utf8)
    }

    private static func percentEncoded(_ text: [UInt8]) -> [UInt8] {
        text.flatMap { byte -> [UInt8] in
            if ByteClass.isLetter(byte) || ByteClass.isDigit(byte) || "-_.~".utf8.contains(byte) { return [byte] }
            let digits = String(byte, radix: 16, uppercase: true)
            return Array("%\(digits.count == 1 ? "0" : "")\(digits)".utf8)
        }
    }

    private mutating func padding(_ values: [[PathItem]], _ text: [UInt8]) throws(CheckFailure) -> [UInt8] {
        let count = try number(values[0].first ?? .number(0))
        guard count >= 0, count <= 100_000 else { throw failure("a padding must have 0 to 100000 characters") }
        let unit = Array(String(decoding: values.count > 1 ? text : [ByteClass.space], as: UTF8.self))
        guard !unit.isEmpty else { return [] }
        return Array(String((0..<Int(count)).map { unit[$0 % unit.count] }).utf8)
    }

    /// EXSLT's str:align: the text laid over the padding at its left, right or centre.
    private static func align(_ text: [UInt8], _ padding: [UInt8], _ side: [UInt8]) -> [UInt8] {
        let letters = Array(String(decoding: text, as: UTF8.self)),
            room = Array(String(decoding: padding, as: UTF8.self))
        guard letters.count < room.count else { return Array(String(letters.prefix(room.count)).utf8) }
        let free = room.count - letters.count
        let before = side.elementsEqual("right".utf8) ? free : side.elementsEqual("center".utf8) ? free / 2 : 0
        return Array(String(room[..<before] + letters + room[(before + letters.count)...]).utf8)
    }
}
