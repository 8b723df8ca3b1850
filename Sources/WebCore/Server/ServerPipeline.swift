package import NIOCore
import NIOHTTP1

/// What every request passes before anybody looks at it: pages, API and socket alike.
///
/// ```
/// bytes ─► Arrivals ─► HTTP codec ─► ChunkLimits ─► IdleTimeout ─► one by one ─► AnswersInKind ─┐
///                                                       router or socket ◄─ BasePath ◄───────────┘
/// ```
package enum ServerPipeline {
    /// Adds all of it to a new connection; `base` comes before every path, or is empty.
    package static func add(to pipeline: ChannelPipeline.SynchronousOperations, base: String) throws {
        let chunks = ChunkLimits()
        try pipeline.addHandler(ChunkLimits.Arrivals(chunks))
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true, withErrorHandling: false)
        let oneByOne = try pipeline.handler(type: HTTPServerPipelineHandler.self)
        try pipeline.addHandlers([chunks, IdleTimeout()], position: .before(oneByOne))
        try pipeline.addHandler(AnswersInKind())
        if !base.isEmpty { try pipeline.addHandler(BasePath(base)) }
    }
}
