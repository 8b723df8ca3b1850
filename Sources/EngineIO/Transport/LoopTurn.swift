package import NIOCore

/// How long one piece of work may keep an event loop to itself before requests, and whatever else came in, are served.
///
/// NIO does everything that was put up with `execute`, also from within, before it looks at its sockets again
/// (`SelectableEventLoop.runOneLoopTick`). So what goes on must be put up for a little later: `goOn`.
package struct LoopTurn: Sendable {
    /// Long enough that looking at the sockets in between costs next to nothing, short enough that a few turns in a row
    /// are not noticed by whoever asks for something.
    fileprivate static let length = TimeAmount.milliseconds(2)
    /// Longer than anything else takes that is done meanwhile, as a rule: else the sockets are not looked at.
    private static let pause = TimeAmount.microseconds(200)

    private let start: NIODeadline

    /// Begins a turn.
    package init() {
        start = NIODeadline.now()
    }

    /// Whether it is time to let others go on.
    package var isOver: Bool { spent >= Self.length }

    /// How long it has taken so far.
    package var spent: TimeAmount { NIODeadline.now() - start }

    /// Does `work` in a turn of its own, after `loop` has looked at its sockets, and at the earliest after `rest`.
    package static func goOn(
        _ loop: any EventLoop, after rest: TimeAmount = .zero, _ work: @escaping @Sendable () -> Void
    ) {
        loop.scheduleTask(in: max(rest, pause), work)
    }
}

/// What pieces of work that are each too short for a turn have taken together since the last pause.
///
/// Each of them is put up with `execute`, and while they follow on each other the loop does not look at its sockets.
package struct LoopRow {
    private var spent = TimeAmount.zero

    package init() {}

    /// Whether it is time to let others go on before the next piece.
    package var isOver: Bool { spent >= LoopTurn.length }

    /// One more piece is done.
    package mutating func add(_ piece: LoopTurn) {
        spent = spent + piece.spent
    }
}
