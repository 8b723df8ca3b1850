extension SeededGenerator {
    /// A number from 0 up to but not `bound`.
    public mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}

/// A seed for each run; every expectation names it.
public let runSeed = UInt64.random(in: 0...UInt64.max)
