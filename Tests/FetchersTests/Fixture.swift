import Curl
import Domain
import FetchFixtures
import Fetchers

/// Fetches once with a fetcher of its own and says how it went.
func fetch(
    _ request: FetchRequest, _ policy: AddressPolicy = .any, pinned: [String] = [], certificates: String? = nil,
    _ change: (inout CurlFetcher.Options) -> Void = { _ in }
) async -> Result<FetchedPage, CheckFailure> {
    var options = CurlFetcher.Options(
        CurlOptions(addresses: policy, extraCertificateFile: certificates, pinnedNames: pinned))
    change(&options)
    do throws(CheckFailure) {
        let fetcher = try CurlFetcher(options)
        defer { fetcher.close() }
        return .success(try await fetcher.fetch(request))
    } catch {
        return .failure(error)
    }
}

extension Result where Success == FetchedPage, Failure == CheckFailure {
    var failure: CheckFailure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}

extension FetchedPage {
    var text: String { String(decoding: body, as: UTF8.self) }
}
