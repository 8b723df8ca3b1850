import TestSupport
import Testing

@testable import Patterns

@Suite("Turkish letters in regexes")
struct DottedITests {
    @Test(
        "each i that means a letter becomes a class, and nothing else changes",
        arguments: TextCase.all(
            """
            sale => same
            x{2,3}(?:a|b)$ => same
            in => [iİı]n
            İN => [iİı]N
            \\d\\i\\w => same
            \\p{Latin}\\x{69}i => \\p{Latin}\\x{69}[iİı]
            (?i)a => same
            (?i:i) => (?i:[iİı])
            (?P<title>i) => (?P<title>[iİı])
            (?<title>a)(?P=title)\\k<title>\\k{title} => same
            (?<=i)(?<!i)(?=i)(?!i) => (?<=[iİı])(?<![iİı])(?=[iİı])(?![iİı])
            (?#i)a => same
            (*UTF)a(?>i) => (*UTF)a(?>[iİı])
            [a-z]+ => [a-ziİı]+
            [j-z] => same
            [i] => [iiİı]
            [^I] => [^Iiİı]
            [^ı] => [^ıiİı]
            []i] => []iiİı]
            [i-] => [i\\-iİı]
            [-i] => [-iiİı]
            [\\]i] => [\\]iiİı]
            [[:digit:]x] => same
            [[:digit:]i] => [[:digit:]iiİı]
            a[b => same
            """))
    func widened(_ row: TextCase) {
        let widened = DottedI.widened(row.input)
        #expect(widened == (row.expected == "same" ? nil : row.expected))
    }
}
