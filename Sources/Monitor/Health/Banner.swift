public import Domain

/// What everybody who opens a page is told above everything else.
public struct Banner: Sendable, Hashable {
    public let text: String
    /// Something is not saved, or may be lost.
    public let isGrave: Bool

    public init(_ text: String, isGrave: Bool) {
        self.text = text
        self.isGrave = isGrave
    }
}

extension Readiness {
    /// What is to be known of the database and of the memory now, the worst first; what the start has found stays until
    /// the next one.
    public func banners(_ budget: MemoryBudget) async -> [Banner] {
        var banners: [Banner] = []
        if let problem = await writeProblem() { banners.append(Banner("\(problem.forPeople).", isGrave: true)) }
        banners += notes.map { Banner("Found at the start: \($0).", isGrave: false) }
        if budget.pressure > .none { banners.append(Self.shortage(used: budget.used, of: budget.bytes)) }
        return banners
    }

    static func shortage(used: Int, of bytes: Int) -> Banner {
        Banner(
            "Memory is running short: \(used >> 20) of \(bytes >> 20) MB are used, and checks of large pages wait. "
                + "Raise MEMORY_BUDGET, or the container's memory limit.", isGrave: false)
    }
}
