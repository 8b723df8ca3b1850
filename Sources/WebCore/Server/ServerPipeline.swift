package import NIOCore
import NIOHTTP1

/// What every request passes before anybody looks at it: pages, API and socket alike.
///
/// ```
/// bytes ─► UnreadAnswers ─► Arrivals ─► HTTP codec ─► ChunkLimits ─► RequestPace ─► IdleTimeout ─► one by one ─┐
///                                     router or socket ◄─ AnswersInKind ◄─ BasePath ◄─ FrontDoor ◄─────────────┘
/// ```
package enum ServerPipeline {
    /// Adds all of it to a new connection, which takes its place among `connections`.
    package static func add(
        to pipeline: ChannelPipeline.SynchronousOperations, rules: FrontDoorRules, connections: Connections
    ) throws {
        let unread = UnreadAnswers()
        try pipeline.addHandler(unread)
        let channel = try pipeline.context(handler: unread).channel
        let seat = Seat(channel, among: connections)
        unread.seat = seat
        let pace = RequestPace(seat, rules)
        let chunks = ChunkLimits()
        try pipeline.addHandlers([RequestPace.Arrivals(pace), ChunkLimits.Arrivals(chunks)])
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: false)
        let oneByOne = try pipeline.handler(type: HTTPServerPipelineHandler.self)
        // In a turn of its own: the channel is not ready yet.
        if !seat.take() { channel.eventLoop.execute { channel.close(promise: nil) } }
        do {
            try pipeline.addHandlers([chunks, pace, IdleTimeout()], position: .before(oneByOne))
            try pipeline.addHandler(FrontDoor(rules, seat: seat))
            if !rules.base.isEmpty { try pipeline.addHandler(BasePath(rules.base)) }
            try pipeline.addHandler(AnswersInKind())
        } catch {
            // The connection is gone already, perhaps before anybody was there to say so.
            connections.leave(seat)
            throw error
        }
    }
}
