import Foundation

/// Titles of tags as people and programs write them: one text with commas.
package enum TagTitles {
    /// Titles with commas between them, without empty ones and repetitions.
    package static func listed(_ text: String) -> [String] {
        var seen: Set<String> = []
        return text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
            .filter { !$0.isEmpty && seen.insert($0).inserted }
    }
}
