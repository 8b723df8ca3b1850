import Domain
import Foundation

/// What a change makes of one watch, as far as it can be right or wrong.
struct WatchEdit: Sendable {
    /// Somebody else's edit came between the check of the result and the transaction, and the result is another one
    /// now.
    struct Overtaken: Error {}

    let after: Watch
    let changesSomething: Bool
    let changesAddress: Bool
    let changesProxy: Bool
    let changesSettings: Bool

    /// Does `change` to `watch`; passes on what it throws.
    init(of watch: Watch, _ change: (inout Watch) throws -> Void) rethrows {
        var after = watch
        try change(&after)
        after.url = after.url.trimmingCharacters(in: .whitespacesAndNewlines)
        self.after = after
        changesSomething = after != watch
        changesAddress = after.url != watch.url
        changesProxy = after.settings.proxy != watch.settings.proxy
        changesSettings = after.settings != watch.settings
    }

    /// Whether what was found right of `checked` holds for this edit too: what rules look at is the same, and nothing
    /// is new that was not then.
    func isCovered(by checked: WatchEdit) -> Bool {
        after.url == checked.after.url && after.title == checked.after.title && after.settings == checked.after.settings
            && (checked.changesAddress || !changesAddress)
            && (checked.changesProxy || !changesProxy) && (checked.changesSettings || !changesSettings)
            && (checked.changesSomething || !changesSomething)
    }
}
