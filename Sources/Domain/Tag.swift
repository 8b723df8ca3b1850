public import Foundation

/// A named group of watches: those that a person gave it to, and those whose address it matches.
public struct Tag: Hashable, Sendable {
    public let id: TagID
    public var title: String
    public let createdAt: Date
    public var settings: TagSettings
    /// Watches with such an address have the tag without being given it.
    public var addresses: AddressPattern
    /// Shown beside the title; nil for none.
    public var colour: TagColour?
    /// Its own notification addresses are left out. As in the incumbent this silences no watch.
    public var notificationMuted: Bool

    public init(
        id: TagID = TagID(), title: String, createdAt: Date, settings: TagSettings = TagSettings(),
        addresses: AddressPattern = AddressPattern(""), colour: TagColour? = nil, notificationMuted: Bool = false
    ) {
        self.id = id
        self.title = title
        self.createdAt = createdAt
        self.settings = settings
        self.addresses = addresses
        self.colour = colour
        self.notificationMuted = notificationMuted
    }
}

/// A colour as changedetection.io's `tag_colour` has it: `#` and three or six hexadecimal digits, in lower case.
///
/// Nothing else is taken, since the text goes into pages.
public struct TagColour: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// What would be right, for a message about what is not.
    public static let help = "Must be # and three or six hexadecimal digits, for example #4f8ef7"

    /// nil for what is no such colour.
    public init?(_ text: String) {
        let digits = text.utf8.dropFirst()
        guard text.utf8.first == UInt8(ascii: "#"), [3, 6].contains(digits.count),
            digits.allSatisfy({ (48...57).contains($0) || (65...70).contains($0) || (97...102).contains($0) })
        else { return nil }
        description = text.lowercased()
    }
}

/// Which addresses a tag is for, as changedetection.io's `url_match_pattern`: with `*`, `?` or `[` a pattern of the
/// whole address as fnmatch(3) has it (`*` any text, `?` one character, `[abc]` one of these, `[!abc]` none of these,
/// `[a-z]` a range), else a part of it; in any case.
///
/// Never backtracks over more than one `*`, so a match takes at most the product of both lengths.
public struct AddressPattern: Hashable, Sendable {
    private enum Piece: Hashable {
        case anything
        case one
        case scalar(Unicode.Scalar)
        case range([ClosedRange<Unicode.Scalar>], isNegated: Bool)
    }

    /// As a person wrote it, without white space around it; empty for no addresses at all.
    public let text: String
    private let pieces: [Piece]

    public init(_ text: String) {
        self.text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        let scalars = Array(self.text.lowercased().unicodeScalars)
        if scalars.contains(where: { "*?[".unicodeScalars.contains($0) }) {
            pieces = Self.pieces(of: scalars)
        } else {
            pieces = scalars.isEmpty ? [] : [.anything] + scalars.map(Piece.scalar) + [.anything]
        }
    }

    public var isEmpty: Bool { text.isEmpty }

    /// Whether the tag is for `address`, as it was typed.
    public func matches(_ address: String) -> Bool {
        guard !isEmpty, !address.isEmpty else { return false }
        let scalars = Array(address.lowercased().unicodeScalars)
        var place = 0, piece = 0
        // Where to go on after the last `*`, which takes one more character each time that what follows does not fit.
        var again: (piece: Int, place: Int)?
        while place < scalars.count {
            if piece < pieces.count, pieces[piece] == .anything {
                again = (piece + 1, place)
                piece += 1
            } else if piece < pieces.count, Self.fits(pieces[piece], scalars[place]) {
                piece += 1
                place += 1
            } else if let last = again {
                again = (last.piece, last.place + 1)
                piece = last.piece
                place = last.place + 1
            } else {
                return false
            }
        }
        return pieces[piece...].allSatisfy { $0 == .anything }
    }

    private static func fits(_ piece: Piece, _ scalar: Unicode.Scalar) -> Bool {
        switch piece {
        case .anything: false
        case .one: true
        case .scalar(let wanted): wanted == scalar
        case .range(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
        }
    }

    private static func pieces(of scalars: [Unicode.Scalar]) -> [Piece] {
        var pieces: [Piece] = []
        var place = 0
        while place < scalars.count {
            let scalar = scalars[place]
            place += 1
            switch scalar {
            case "*": if pieces.last != .anything { pieces.append(.anything) }
            case "?": pieces.append(.one)
            case "[":
                if let (set, end) = set(scalars, place) {
                    pieces.append(set)
                    place = end
                } else {
                    pieces.append(.scalar(scalar))
                }
            default: pieces.append(.scalar(scalar))
            }
        }
        return pieces
    }

    /// The set of characters that begins at `start`, behind its `[`, and where it ends; nil without a `]`.
    private static func set(_ scalars: [Unicode.Scalar], _ start: Int) -> (Piece, end: Int)? {
        var place = start
        let isNegated = place < scalars.count && scalars[place] == "!"
        if isNegated { place += 1 }
        // A bracket at the very beginning is one of the characters.
        guard let end = scalars.indices.dropFirst(place + 1).first(where: { scalars[$0] == "]" }) else { return nil }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while place < end {
            let low = scalars[place]
            if place + 2 < end, scalars[place + 1] == "-" {
                if low <= scalars[place + 2] { ranges.append(low...scalars[place + 2]) }
                place += 3
            } else {
                ranges.append(low...low)
                place += 1
            }
        }
        return (.range(ranges, isNegated: isNegated), end + 1)
    }
}
