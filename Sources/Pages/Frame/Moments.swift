import Domain
import Foundation
import WebCore

extension Date {
    /// Seconds since 1970; a date that no clock shows counts as the nearest that fits.
    var epochSecond: Int64 {
        let seconds = timeIntervalSince1970.rounded(.down)
        guard seconds.isFinite else { return 0 }
        return Int64(max(-62_135_596_800, min(253_402_300_799, seconds)))
    }
}

/// How times are worded for people; the page's script words them alike while it is open.
enum Moments {
    /// `5 min ago`, or `in 5 min` for what is still to come.
    static func relative(_ date: Date, now: Date) -> String {
        let seconds = now.epochSecond - date.epochSecond
        return seconds >= 0 ? ago(seconds) : "in \(ahead(-seconds))"
    }

    /// What is to come is rounded: 2 h 59 min from now is in 3 h.
    private static func ahead(_ seconds: Int64) -> String {
        let unit: Int64 =
            switch seconds {
            case ..<60: 1
            case ..<3_570: 60
            case ..<84_600: 3_600
            default: 86_400
            }
        return span((seconds + unit / 2) / unit * unit)
    }

    private static func ago(_ seconds: Int64) -> String {
        seconds < 10 ? "just now" : "\(span(seconds)) ago"
    }

    /// A length of time in its largest unit.
    private static func span(_ seconds: Int64) -> String {
        switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3_600: "\(seconds / 60) min"
        case ..<86_400: "\(seconds / 3_600) h"
        case ..<2_592_000: "\(seconds / 86_400) d"
        case ..<31_536_000: "\(seconds / 2_592_000) mo"
        default: "\(seconds / 31_536_000) y"
        }
    }

    /// For machines: `2026-11-21T07:02:31Z`.
    static func machine(_ date: Date) -> String {
        written(date, between: "T", after: "Z")
    }

    /// The exact moment, for who asks: `2026-11-21 07:02:31 UTC`; the script shows it in the reader's own zone.
    static func exact(_ date: Date) -> String {
        written(date, between: " ", after: " UTC")
    }

    /// Digit by digit: a list writes three hundred times, and Foundation's formatter would be most of its work.
    private static func written(_ date: Date, between: String, after: String) -> String {
        let second = date.epochSecond
        let (days, rest) = second.quotientAndRemainder(dividingBy: 86_400)
        let (day, time) = rest < 0 ? (days - 1, rest + 86_400) : (days, rest)
        let civil = civil(daysSince1970: day)
        var text = ""
        text.reserveCapacity(24)
        append(civil.year, width: 4, to: &text)
        text += "-"
        append(civil.month, width: 2, to: &text)
        text += "-"
        append(civil.day, width: 2, to: &text)
        text += between
        append(time / 3_600, width: 2, to: &text)
        text += ":"
        append(time / 60 % 60, width: 2, to: &text)
        text += ":"
        append(time % 60, width: 2, to: &text)
        return text + after
    }

    private static func append(_ number: Int64, width: Int, to text: inout String) {
        let digits = String(number)
        for _ in digits.utf8.count..<max(width, digits.utf8.count) { text += "0" }
        text += digits
    }

    /// The Gregorian date, counted in eras of 400 years that begin on 1 March, so that a leap day is the last of its
    /// year.
    private static func civil(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = daysSince1970 + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    /// `240 ms`, `1.2 s`, `42 s`, `1 min 5 s`.
    static func duration(_ duration: Duration) -> String {
        let milliseconds = duration.milliseconds
        switch milliseconds {
        case ..<1_000: return "\(milliseconds) ms"
        case ..<10_000: return "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s"
        case ..<60_000: return "\(milliseconds / 1_000) s"
        default: return "\(milliseconds / 60_000) min \(milliseconds / 1_000 % 60) s"
        }
    }

    /// `<time>`'s three parts, as a template names them; nothing when there is no date.
    static func field(_ date: Date?, now: Date) -> Field {
        guard let date else { return .nothing }
        return .group([
            "machine": .text(machine(date)), "exact": .text(exact(date)), "relative": .text(relative(date, now: now)),
        ])
    }
}
