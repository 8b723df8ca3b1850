internal import Curl
internal import Domain
internal import Foundation

/// Reads the Retry-After header (RFC 9110, 10.2.3): how long a server asks to be left alone.
enum RetryAfter {
    static let longest = FetchedPage.longestRetryAfter

    /// The moment the header names, in seconds from `now` or as a date; nil when it names none, or one that is past.
    static func moment(_ text: String, now: Date) -> Date? {
        let seconds: TimeInterval
        if text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), !text.isEmpty {
            // A number too long for an integer is longer than a day, too.
            seconds = Int64(text).map { TimeInterval($0) } ?? longest
        } else if let date = httpDate(text) {
            seconds = TimeInterval(date) - now.timeIntervalSince1970
        } else {
            return nil
        }
        return seconds > 0 ? now.addingTimeInterval(min(seconds, longest)) : nil
    }
}
