public import Domain
import Foundation
import Logging
import Storage

extension AskedActions {
    /// Lets so many checks run at once, until the next start.
    public func setWorkers(_ count: Int, of pool: WorkerPool) async throws {
        try requester.require(.administer)
        await pool.setCount(count)
        say("workers set", [], ["count": "\(count)"])
    }

    /// Changes the settings for all watches; throws `InputError` when they make no sense, and then changes nothing.
    ///
    /// Checked before the transaction as `edit` is, and again when somebody else's change came in between.
    public func editSettings(_ change: @escaping @Sendable (inout Settings) throws -> Void) async throws -> Settings {
        try requester.require(.administer)
        while true {
            var wanted = try await actions.store.settings()
            try change(&wanted)
            let checked = wanted
            let errors = try await judge { WatchRules.errors(of: checked) }
            guard errors.isEmpty else { throw InputError(errors) }
            do {
                let settings = try await actions.stored {
                    try await actions.store.updateSettings(by: requester, now: actions.now()) { settings in
                        try change(&settings)
                        guard settings == checked else { throw WatchEdit.Overtaken() }
                    }
                }
                say("settings edited")
                return settings
            } catch is WatchEdit.Overtaken {}
        }
    }
}
