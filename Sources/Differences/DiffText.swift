extension LineDiff {
    /// What a difference as plain text shows.
    public struct TextOptions: Hashable, Sendable {
        public var showsSame = false
        public var showsRemoved = true
        public var showsAdded = true
        public var showsChanged = true
        /// Puts changedetection.io's words before each line that differs.
        public var hasMarkers = true

        public init() {}
    }

    /// The difference as text, one line per line, with changedetection.io's markers: a changed line is shown as it was
    /// and as it is.
    public func text(_ options: TextOptions = TextOptions()) -> [UInt8] {
        var text: [UInt8] = []
        func add(_ marker: String, _ line: ArraySlice<UInt8>) {
            if !text.isEmpty { text.append(.lineEnd) }
            if options.hasMarkers { text.append(contentsOf: marker.utf8) }
            text.append(contentsOf: line)
        }
        for row in rows() {
            switch row.kind {
            case .same where options.showsSame: add("", new[row.new])
            case .removed where options.showsRemoved: add("(removed) ", old[row.old])
            case .added where options.showsAdded: add("(added) ", new[row.new])
            case .changed where options.showsChanged:
                add("(changed) ", old[row.old])
                add("(into) ", new[row.new])
            default: break
            }
        }
        return text
    }
}
