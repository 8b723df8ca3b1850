import Domain
import Foundation
import TestSupport

/// A server of one temper in a simulated world: how long it takes to answer, and what.
struct SimulatedHost {
    enum Temper: CaseIterable {
        case quick, slow, hanging, refusing, limiting, flapping
    }

    /// What a check of it gets, and after how long.
    struct Answer {
        var seconds: Double
        var failure: CheckFailure?
        /// Seconds from the answer on for which it asks to be left alone.
        var retryAfter: Double?
    }

    /// After this long a check gives up, as `FETCH_TIMEOUT_SECONDS` has it.
    static let patience = 45.0

    let name: String
    let temper: Temper
    /// When one that flaps changes its mind, in seconds.
    let phase: Double
    /// Until when it has asked to be left alone, in true seconds.
    var closedUntil = -1.0

    init(number: Int, temper: Temper, _ random: inout SeededGenerator) {
        name = "\(temper)\(number).example"
        self.temper = temper
        phase = .random(in: 1200...86_400, using: &random)
    }

    /// It never lets anybody wait for longer than a moment.
    var isWell: Bool { temper == .quick }

    func answer(at moment: Double, _ random: inout SeededGenerator) -> Answer {
        switch temper {
        case .quick: return Answer(seconds: .random(in: 0.02...1, using: &random))
        case .slow: return Answer(seconds: .random(in: 4...20, using: &random))
        case .hanging: return Answer(seconds: Self.patience, failure: CheckFailure(.timeout, "45"))
        case .refusing: return Answer(seconds: 0.05, failure: CheckFailure(.connectionRefused, name))
        case .limiting:
            guard random.below(4) == 0 else { return Answer(seconds: 0.3) }
            let wait = Double.random(in: 30...900, using: &random)
            return Answer(seconds: 0.1, failure: CheckFailure(.rateLimited, "429"), retryAfter: wait)
        case .flapping:
            let isWell = Int(moment / phase).isMultiple(of: 2)
            return isWell
                ? Answer(seconds: 0.4) : Answer(seconds: Self.patience, failure: CheckFailure(.timeout, "45"))
        }
    }
}
