public import Foundation

/// Times are those that the clock on the wall shows: from 09:00 for 8 hours is until 17:00, also on the day that has 23
/// or 25 hours. Windows of neighbouring days are joined; the end of a window is no longer part of it.
extension TimeSchedule {
    /// Whether a watch may be checked at that moment; always when the schedule is not enabled.
    public func isOpen(at moment: Date) -> Bool {
        guard isEnabled else { return true }
        guard let window = firstWindow(endingAfter: moment) else { return false }
        return Double(window.lowerBound) <= moment.timeIntervalSince1970
    }

    /// The moment itself when a watch may be checked then, else the next one at which it may; the distant future when
    /// that is never.
    public func adjusted(due: Date) -> Date {
        guard isEnabled else { return due }
        guard let window = firstWindow(endingAfter: due) else { return max(due, .distantFuture) }
        return max(due, Date(timeIntervalSince1970: Double(window.lowerBound)))
    }

    /// When it opens next, which is after it has closed if it is open; nil when it never does, or never closes.
    public func nextOpening(after moment: Date) -> Date? {
        guard isEnabled else { return nil }
        guard let window = firstWindow(endingAfter: moment) else { return nil }
        let opening = Date(timeIntervalSince1970: Double(window.lowerBound))
        return opening > moment ? opening : closing(after: moment).map { adjusted(due: $0) }
    }

    /// When it closes next, which is after it has opened if it is closed; nil when it never does, or never opens.
    public func closing(after moment: Date) -> Date? {
        guard isEnabled else { return nil }
        let windows = ScheduleWindows(self, around: moment)
        var end: Int?
        for window in windows where Double(window.upperBound) > moment.timeIntervalSince1970 {
            if let end, window.lowerBound > end { break }
            end = max(end ?? .min, window.upperBound)
        }
        guard let end, end < windows.end else { return nil }
        return Date(timeIntervalSince1970: Double(end))
    }

    /// Windows are in the order of their beginnings, so whatever comes after this one opens no earlier.
    private func firstWindow(endingAfter moment: Date) -> Range<Int>? {
        ScheduleWindows(self, around: moment)
            .first { Double($0.upperBound) > moment.timeIntervalSince1970 }
    }
}

extension Date {
    /// nil for the due time of a watch whose schedule never opens, which stands in the far future.
    public var unlessNever: Date? { self < .distantFuture ? self : nil }
}
