import Differences
import Domain

/// EXSLT's functions on dates that a page spells as ISO 8601 does: `2026-11-21`, `2026-11-21T10:00:00Z`.
extension PathEvaluator {
    func callDate(_ function: PathFunction, _ text: [UInt8]) throws(CheckFailure) -> [PathItem]? {
        guard function.rawValue.hasPrefix("date:") else { return nil }
        guard let moment = ISOMoment(text) else { return [.number(.nan)] }
        switch function {
        case .dateYear: return [.number(Double(moment.year))]
        case .dateMonth: return [.number(Double(moment.month))]
        case .dateDay: return [.number(Double(moment.day))]
        // 1970-01-01 was a Thursday, the fifth day of a week that begins on Sunday.
        case .dateWeekday: return [.number(Double(((moment.dayNumber % 7) + 11) % 7 + 1))]
        case .dateYearDay:
            return [.number(Double(moment.dayNumber - ISOMoment.dayNumber(moment.year, 1, 1) + 1))]
        case .dateHour: return [.number(Double(moment.hour))]
        case .dateMinute: return [.number(Double(moment.minute))]
        case .dateSecond: return [.number(moment.second)]
        case .dateDate: return [.string(Array(text.prefix { $0 != UInt8(ascii: "T") }))]
        case .dateTime:
            let time = text.split(separator: UInt8(ascii: "T")).dropFirst().first ?? []
            return [.string(Array(time))]
        default:
            let clock = moment.hour * 3600 + moment.minute * 60 - moment.offset
            return [.number(Double(moment.dayNumber) * 86_400 + Double(clock) + moment.second)]
        }
    }
}

/// A date, perhaps with a time and a zone, as ISO 8601 spells it.
struct ISOMoment {
    var year = 1970, month = 1, day = 1
    var hour = 0, minute = 0
    var second = 0.0
    /// Seconds east of Greenwich.
    var offset = 0

    init?(_ text: [UInt8]) {
        let parts = String(decoding: Lines.trimmed(text[...]), as: UTF8.self).split(
            separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        let date = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard date.count == 3, let year = date[0], let month = date[1], let day = date[2], (1...9999).contains(year),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
        guard parts.count == 2 else { return }
        var clock = parts[1]
        if clock.hasSuffix("Z") {
            clock = clock.dropLast()
        } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let zone = clock[clock.index(after: sign)...].split(separator: ":").map { Int($0) }
            guard zone.count == 2, let hours = zone[0], let minutes = zone[1], hours < 15, minutes < 60 else {
                return nil
            }
            offset = (hours * 60 + minutes) * 60 * (clock[sign] == "-" ? -1 : 1)
            clock = clock[..<sign]
        }
        let time = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard time.count == 3, let hour = Int(time[0]), let minute = Int(time[1]), let second = Double(time[2]),
            (0...24).contains(hour), (0...59).contains(minute), second >= 0, second < 61
        else { return nil }
        (self.hour, self.minute, self.second) = (hour, minute, second)
    }

    /// Days since 1970-01-01.
    var dayNumber: Int { Self.dayNumber(year, month, day) }

    /// By counting years from March on, so that leap days stand at the end of theirs.
    static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
