import Dispatch
import Glibc

/// Room for as many processes at once as there are cores, so that the machine never holds more than so many programs'
/// memory: one for checks and a smaller one for people, of which neither waits for the other.
struct ProgramRoom: Sendable {
    private static let cores = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    private let forChecks = DispatchSemaphore(value: cores)
    private let forPeople = DispatchSemaphore(value: max(1, cores / 2))

    /// Waits for a place; blocks the calling thread.
    func enter(_ purpose: DetectionPurpose) { places(for: purpose).wait() }

    func leave(_ purpose: DetectionPurpose) { places(for: purpose).signal() }

    private func places(for purpose: DetectionPurpose) -> DispatchSemaphore {
        switch purpose {
        case .check: forChecks
        case .person: forPeople
        }
    }
}
