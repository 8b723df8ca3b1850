package import Domain
package import Hummingbird
package import Monitor
package import Storage
package import WebCore

/// All that programs call: `/api/v1` behind its key, and what those who look after the program ask without one.
package struct APIRoutes: Sendable {
    /// What the routes ask and act on.
    package struct Machine: Sendable {
        let store: Store
        let queue: any CheckQueue
        let pool: WorkerPool
        let actions: WatchActions
        let proxies: ProxyScan
        let readiness: Readiness
        let memory: MemoryRelease
        let budget: MemoryBudget

        package init(
            store: Store, queue: any CheckQueue, pool: WorkerPool, actions: WatchActions, proxies: ProxyScan,
            readiness: Readiness, memory: MemoryRelease, budget: MemoryBudget
        ) {
            self.store = store
            self.queue = queue
            self.pool = pool
            self.actions = actions
            self.proxies = proxies
            self.readiness = readiness
            self.memory = memory
            self.budget = budget
        }
    }

    private let machine: Machine
    private let threads: PageThreads
    private let about: About
    private let key: String
    private let base: String

    /// `base` is the prefix behind a reverse proxy, or nothing.
    package init(machine: Machine, threads: PageThreads, about: About, key: String, base: String) {
        self.machine = machine
        self.threads = threads
        self.about = about
        self.key = key
        self.base = base
    }

    package func add(to router: Router<WebContext>) {
        HealthRoutes(
            queue: machine.queue, pool: machine.pool, actions: machine.actions, readiness: machine.readiness,
            memory: machine.memory, budget: machine.budget, about: about
        ).add(to: router)
        MetricsRoute(
            store: machine.store, queue: machine.queue, pool: machine.pool, readiness: machine.readiness
        ).add(to: router)
        let api = router.group("api/v1").add(middleware: APIKeyMiddleware(key: key))
        WatchRoutes(store: machine.store, actions: machine.actions).add(to: api)
        HistoryRoutes(store: machine.store, actions: machine.actions, base: base).add(to: api)
        DifferenceRoutes(store: machine.store, threads: threads).add(to: api)
        ExplainRoutes(store: machine.store, actions: machine.actions).add(to: api)
        EditsRoutes(store: machine.store).add(to: api)
        ProxyScanRoutes(actions: machine.actions, proxies: machine.proxies).add(to: api)
        TagAPIRoutes(store: machine.store, actions: machine.actions).add(to: api)
        SystemRoutes(
            store: machine.store, queue: machine.queue, pool: machine.pool, actions: machine.actions, about: about
        ).add(to: api)
    }
}
