/// The lines of a difference that are of the wanted kinds, without anything that says so.
///
/// Where lines went and others came at one place, as many as there are on both sides were replaced, alike or not: what
/// says "sold out" in a price's place is that line's news. What is left over was removed or added, and belongs to what
/// replaced something too.
package struct KindFilter {
    package let added: Bool
    package let removed: Bool
    package let replaced: Bool

    package init(added: Bool, removed: Bool, replaced: Bool) {
        self.added = added
        self.removed = removed
        self.replaced = replaced
    }

    package func lines(from old: [UInt8], to new: [UInt8], ignoresWhitespace: Bool) -> [UInt8] {
        let diff = LineDiff(from: old, to: new, options: LineDiff.Options(ignoreWhitespace: ignoresWhitespace))
        var parts: [ArraySlice<UInt8>] = []
        for place in diff.rows().split(whereSeparator: { $0.kind == .same }) {
            // A line that only moved replaces none.
            var replacements = min(
                place.count { $0.kind == .removed && !$0.isMoved }, place.count { $0.kind == .added && !$0.isMoved })
            var hidden = replacements
            let hasReplacement = replacements > 0 || place.contains { $0.kind == .changed }
            for row in place {
                switch row.kind {
                case .removed where !row.isMoved && hidden > 0: hidden -= 1
                case .removed where removed: parts.append(old[row.old])
                // What a line has become is what a person wants to see of it.
                case .added where !row.isMoved && replacements > 0:
                    replacements -= 1
                    if replaced { parts.append(new[row.new]) }
                case .added where added || (replaced && hasReplacement && !row.isMoved): parts.append(new[row.new])
                case .changed where replaced: parts.append(new[row.new])
                default: break
                }
            }
        }
        return Lines.joined(parts)
    }
}
