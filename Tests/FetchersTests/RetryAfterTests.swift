import Foundation
import Testing

@testable import Fetchers

@Suite("Retry-After")
struct RetryAfterTests {
    /// Sun, 06 Nov 1994 08:49:37 GMT
    private let now = Date(timeIntervalSince1970: 784_111_777)

    @Test(
        "seconds and the three forms of a date are read, and none is further away than a day",
        arguments: [
            ("120", 120), ("0", nil), ("-5", nil), ("", nil), ("soon", nil), ("86401", 86_400),
            ("99999999999999999999999", 86_400),
            ("Sun, 06 Nov 1994 08:50:37 GMT", 60), ("Sunday, 06-Nov-94 08:50:37 GMT", 60),
            ("Sun Nov  6 08:50:37 1994", 60),
            ("Sun, 06 Nov 1994 08:49:36 GMT", nil), ("Sun, 06 Nov 2044 08:49:36 GMT", 86_400),
        ] as [(String, Int?)])
    func table(_ text: String, _ seconds: Int?) {
        let expected = seconds.map { now.addingTimeInterval(TimeInterval($0)) }
        #expect(RetryAfter.moment(text, now: now) == expected)
    }
}
