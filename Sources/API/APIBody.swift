import Domain
import Hummingbird

/// What programs send.
enum APIBody {
    /// The largest body taken, in bytes.
    static let limit = 1_000_000

    /// The body as a JSON object; throws `InputError` when it is something else.
    static func object(_ request: Request, _ context: some RequestContext) async throws -> [String: JSONValue] {
        let buffer = try await request.body.collect(upTo: limit)
        guard let value = JSONValue.parse(Array(buffer.readableBytesView)) else {
            throw InputError("body", "The body is not valid JSON")
        }
        guard case .object(let fields) = value else {
            throw InputError("body", "Must be a JSON object, not \(value.kind)")
        }
        return fields
    }
}
