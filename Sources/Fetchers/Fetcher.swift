public import Domain

/// Gets a page, or says why it could not be had.
public protocol Fetcher: Sendable {
    /// Returns an answer of whatever status; throws when there is no whole answer.
    nonisolated(nonsending) func fetch(_ request: FetchRequest) async throws(CheckFailure) -> FetchedPage
}
