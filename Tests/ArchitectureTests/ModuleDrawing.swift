import Foundation

/// The modules as docs/architecture.md draws them: a floor's number, then a line for each of its modules with what it
/// stands on.
///
/// ```
/// 1   Storage ──► CZstd Domain
///     Fetchers ─► Curl Domain
/// C   CCurl · CZlib
/// ```
/// `C` is the floor of the C headers, below all. To add a module is to add its line.
struct ModuleDrawing {
    private(set) var floors: [String: Int] = [:]
    private(set) var standsOn: [String: Set<String>] = [:]

    init(_ drawing: String) {
        var floor = Int.max
        for line in drawing.split(separator: "\n") {
            let sides = line.split(separator: "►", maxSplits: 1)
            var modules = sides[0].split(whereSeparator: { " ·─".contains($0) }).map(String.init)
            if !line.hasPrefix(" "), !modules.isEmpty {
                let label = modules.removeFirst()
                floor = label == "C" ? -1 : Int(label) ?? Int.max
            }
            let below: Set<String> = sides.count > 1 ? Set(sides[1].split(separator: " ").map(String.init)) : []
            for module in modules {
                floors[module] = floor
                standsOn[module] = below
            }
        }
    }

    static func read() throws -> ModuleDrawing {
        let text = try String(contentsOf: FloorsTests.root.appending(path: "docs/architecture.md"), encoding: .utf8)
        let parts = text.split(separator: "```", maxSplits: 2, omittingEmptySubsequences: false)
        return ModuleDrawing(parts.count > 1 ? String(parts[1]) : "")
    }
}
