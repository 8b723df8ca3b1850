import Domain

extension Duration {
    /// Milliseconds, rounded as `watch_update` rounds its seconds; at least 0 and at most a day, so that no outside
    /// figure overflows.
    package var milliseconds: Int64 {
        Int64((max(0, min(86_400, seconds)) * 1_000).rounded())
    }
}
