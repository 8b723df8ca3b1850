import Foundation

/// A moment in a time zone, moved and spelt as `{% now %}` asks for; month and day names are English, as C's are.
struct TemplateClock {
    static let standardFormat = "%a, %d %b %Y %H:%M:%S"

    private let moment: Date
    private var calendar: Calendar

    init(zone: String, _ moment: Date) throws(TemplateError) {
        self.moment = moment
        calendar = Calendar(identifier: .gregorian)
        calendar.locale = Locale(identifier: "en_US_POSIX")
        switch zone.lowercased() {
        case "utc", "gmt", "z": calendar.timeZone = .gmt
        case "", "local": calendar.timeZone = .current
        default:
            guard let known = TimeZone(identifier: zone) else {
                throw TemplateError("'\(zone.prefix(60))' is not a time zone")
            }
            calendar.timeZone = known
        }
    }

    private static let units: [String: (component: Calendar.Component, factor: Int)] = [
        "years": (.year, 1), "months": (.month, 1), "weeks": (.day, 7), "days": (.day, 1), "hours": (.hour, 1),
        "minutes": (.minute, 1), "seconds": (.second, 1),
    ]

    /// Moved by `days=1,hours=2`, back or forth.
    func shifted(by offset: String?, isBack: Bool) throws(TemplateError) -> TemplateClock {
        guard let offset else { return self }
        var moved = moment
        for part in offset.split(separator: ",") {
            let pair = part.split(separator: "=").map { $0.trimmingCharacters(in: .whitespaces) }
            guard pair.count == 2,
                let unit = Self.units[pair[0].lowercased()] ?? Self.units[pair[0].lowercased() + "s"],
                let count = Double(pair[1]), abs(count) < 1e9
            else {
                throw TemplateError("'\(part.prefix(40))' is not an offset such as days=1 or hours=2")
            }
            let value = Int(count.rounded()) * unit.factor * (isBack ? -1 : 1)
            moved = calendar.date(byAdding: unit.component, value: value, to: moved) ?? moved
        }
        return TemplateClock(moved, calendar)
    }

    private init(_ moment: Date, _ calendar: Calendar) {
        self.moment = moment
        self.calendar = calendar
    }

    /// Spelt by a format of C's `strftime`; a letter that it does not have stays as it is.
    func text(_ format: String) -> String {
        var text = ""
        var isPlace = false
        var isUnpadded = false
        for character in format {
            if !isPlace {
                if character == "%" { isPlace = true } else { text.append(character) }
            } else if character == "-", !isUnpadded {
                isUnpadded = true
            } else {
                let field = field(character)
                text += isUnpadded ? String(field.drop { $0 == "0" || $0 == " " }) : field
                if isUnpadded, field.allSatisfy({ $0 == "0" }) { text += "0" }
                (isPlace, isUnpadded) = (false, false)
            }
        }
        return text
    }

    private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    private func number(_ component: Calendar.Component, _ width: Int = 2) -> String {
        Self.padded(calendar.component(component, from: moment), width)
    }

    private static func padded(_ number: Int, _ width: Int, with filler: String = "0") -> String {
        let digits = String(number)
        return String(repeating: filler, count: max(0, width - digits.count)) + digits
    }

    private func field(_ letter: Character) -> String {
        let hour = calendar.component(.hour, from: moment)
        let weekday = calendar.component(.weekday, from: moment)
        let month = calendar.component(.month, from: moment)
        switch letter {
        case "Y": return number(.year, 4)
        case "y": return Self.padded(calendar.component(.year, from: moment) % 100, 2)
        case "m": return number(.month)
        case "d": return number(.day)
        case "e": return Self.padded(calendar.component(.day, from: moment), 2, with: " ")
        case "H": return number(.hour)
        case "I": return Self.padded(hour % 12 == 0 ? 12 : hour % 12, 2)
        case "M": return number(.minute)
        case "S": return number(.second)
        case "p": return hour < 12 ? "AM" : "PM"
        case "f": return Self.padded(calendar.component(.nanosecond, from: moment) / 1000, 6)
        case "j": return Self.padded(calendar.ordinality(of: .day, in: .year, for: moment) ?? 1, 3)
        case "A": return Self.days[weekday - 1]
        case "a": return String(Self.days[weekday - 1].prefix(3))
        case "B": return Self.months[month - 1]
        case "b", "h": return String(Self.months[month - 1].prefix(3))
        case "u": return String(weekday == 1 ? 7 : weekday - 1)
        case "w": return String(weekday - 1)
        case "V", "G": return isoWeek(letter)
        case "s": return String(Int(moment.timeIntervalSince1970.rounded(.down)))
        case "z": return zone()
        case "Z": return calendar.timeZone == .gmt ? "UTC" : calendar.timeZone.abbreviation(for: moment) ?? ""
        case "F": return text("%Y-%m-%d")
        case "T": return text("%H:%M:%S")
        case "R": return text("%H:%M")
        case "D": return text("%m/%d/%y")
        case "c": return text("%a %b %e %H:%M:%S %Y")
        case "x": return text("%m/%d/%y")
        case "X": return text("%H:%M:%S")
        case "n": return "\n"
        case "t": return "\t"
        case "%": return "%"
        default: return "%\(letter)"
        }
    }

    private func isoWeek(_ letter: Character) -> String {
        var iso = Calendar(identifier: .iso8601)
        iso.timeZone = calendar.timeZone
        return letter == "V"
            ? Self.padded(iso.component(.weekOfYear, from: moment), 2)
            : Self.padded(iso.component(.yearForWeekOfYear, from: moment), 4)
    }

    private func zone() -> String {
        let minutes = calendar.timeZone.secondsFromGMT(for: moment) / 60
        return (minutes < 0 ? "-" : "+") + Self.padded(abs(minutes) / 60, 2) + Self.padded(abs(minutes) % 60, 2)
    }
}
