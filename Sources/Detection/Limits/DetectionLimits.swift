import Domain
package import Patterns

/// What detection spends on one page at most; beyond it a check fails with a clear word instead of taking the machine.
public struct DetectionLimits: Hashable, Sendable {
    /// The largest body that is read, in bytes; positions in a page are 32-bit numbers.
    public var pageBytes = 64 << 20
    /// The longest page that is read where others wait for the thread, in bytes.
    public var briefBytes = 128 << 10
    /// The most elements and texts of a tree, which is built only for selectors; as many attributes, and as many keys
    /// and values of JSON. The largest single page that people watch, the HTML standard, has 600,000.
    public var treeNodes = 1_000_000
    /// The most steps that matching the selectors of one watch takes.
    public var selectorSteps = 200_000_000
    /// The longest that all filters of one check may take together.
    public var filterTime = Duration.seconds(3)
    /// The most operations that libxml2 spends on one XPath expression.
    public var xpathOperations = 5_000_000
    /// The most bytes that reading the text of every element once would take, on a tree that XPath is asked about.
    public var xpathTextBytes = 512 << 20
    /// The most bytes of source that the matches of filters have together, and the longest text that one makes: nested
    /// matches count again each time. A page that is longer may be matched whole.
    public var matchedBytes = 32 << 20
    /// What the regular expressions of one check may take together.
    package var patterns = PatternLimits()
    /// Whose wait it is: the programs that help have room for both, so that neither stands behind the other.
    public var purpose = DetectionPurpose.check
    /// How many watches' rules are kept compiled.
    public var rulesKept = 1024

    public init() {}

    /// The failure of a check whose page has more than `treeNodes`.
    var tooManyNodes: CheckFailure {
        CheckFailure(.tooComplex, "it has more than \(treeNodes) elements, texts, values or lines (PAGE_MAX_NODES)")
    }
}

/// What a page is read for.
public enum DetectionPurpose: Hashable, Sendable, CaseIterable {
    /// A check that the clock or a person's wish has made due.
    case check
    /// A person who waits for the answer: rules to be judged, a dry run, a picture of a difference.
    case person
}
