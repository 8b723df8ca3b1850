import Foundation
import Synchronization

/// A moment that several tasks read and write.
final class LockedDate: Sendable {
    private let box: Mutex<Date>

    init(_ date: Date) {
        box = Mutex(date)
    }

    var value: Date {
        get { box.withLock { $0 } }
        set { box.withLock { $0 = newValue } }
    }
}
