/// What regular expressions may spend; beyond it a search fails instead of taking the machine.
package struct PatternLimits: Hashable, Sendable {
    /// The most backtracking steps that one regular expression takes at one place.
    package var steps: UInt32 = 1_000_000
    /// The most memory that it takes there, in KiB.
    package var memoryKiB: UInt32 = 20_000
    /// The longest that all searches of one matcher may take together.
    package var time = Duration.seconds(2)

    package init() {}
}
