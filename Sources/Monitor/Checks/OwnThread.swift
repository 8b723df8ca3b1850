import Foundation

/// Runs what waits for something else on a thread of its own.
///
/// Not on one of Dispatch's: Swift's tasks run on those, which are as few as the cores.
enum OwnThread {
    static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: body()) }
            thread.name = "waiting"
            thread.stackSize = DetectionThreads.stack
            thread.start()
        }
    }
}
