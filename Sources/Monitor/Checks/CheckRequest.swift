import Domain
import Foundation

/// What a watch asks a server for.
enum CheckRequest {
    /// Whether anything that a person wrote has to be run for the request.
    static func runsTemplates(of job: CheckJob) -> Bool {
        Template.isNeeded(for: job.url) || job.settings.headers.values.contains(where: Template.isNeeded)
            || job.settings.body.map(Template.isNeeded) == true
    }

    /// The request with the places of its templates filled in as of the job's moment; by the watch's proxy unless it is
    /// to be direct.
    static func make(for job: CheckJob, isDirect: Bool = false) throws(CheckFailure) -> FetchRequest {
        let settings = job.settings
        let now = job.moment
        let proxy = isDirect ? nil : try proxy(for: job)
        do {
            var headers = settings.headers
            for (name, value) in headers where Template.isNeeded(for: value) {
                headers[name] = try RequestTemplate.fill(value, now: now)
            }
            var request = FetchRequest(
                url: WatchAddress.fetched(try RequestTemplate.fill(job.url, now: now)), method: settings.method,
                headers: headers,
                body: try settings.body.map { body throws(TemplateError) in
                    Array(try RequestTemplate.fill(body, now: now).utf8)
                },
                etag: job.previous.etag, lastModified: job.previous.lastModified, proxy: proxy,
                trust: settings.trust ?? .system)
            request.timeout = settings.timeout.map { .seconds($0) }
            return request
        } catch {
            throw CheckFailure(.badRequest, error.message)
        }
    }

    /// The way to the page; a proxy that is chosen and not listed any more is a failure, since going straight may be
    /// the last thing that was wanted.
    private static func proxy(for job: CheckJob) throws(CheckFailure) -> ProxyAddress? {
        guard case .named(let name)? = job.settings.proxy else { return nil }
        guard let proxy = job.shared.proxies.named(name) else {
            throw CheckFailure(.badRequest, "the proxy \(name.prefix(60)) is no longer listed in Settings")
        }
        return proxy.address
    }
}
