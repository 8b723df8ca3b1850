/// The lines of a difference that are of the wanted kinds, without anything that says so.
enum KindFilter {
    static func lines(
        from old: [UInt8], to new: [UInt8], added: Bool, removed: Bool, replaced: Bool, ignoresWhitespace: Bool
    ) -> [UInt8] {
        let diff = LineDiff(from: old, to: new, options: LineDiff.Options(ignoreWhitespace: ignoresWhitespace))
        var parts: [ArraySlice<UInt8>] = []
        for row in diff.rows() {
            switch row.kind {
            case .added where added: parts.append(new[row.new])
            case .removed where removed: parts.append(old[row.old])
            // What a line has become is what a person wants to see of it.
            case .changed where replaced: parts.append(new[row.new])
            default: break
            }
        }
        return Lines.joined(parts)
    }
}
