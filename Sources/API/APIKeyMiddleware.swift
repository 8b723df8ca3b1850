import Domain
import HTTPTypes
import Hummingbird
import WebCore

/// Lets only those through who send the API key in `x-api-key`, and names them by it.
struct APIKeyMiddleware<Context: AskingContext>: RouterMiddleware {
    /// The name of the only key that there is.
    static var name: String { "default" }
    private static var header: HTTPField.Name { HTTPField.Name("x-api-key")! }
    private let key: [UInt8]

    init(key: String) {
        self.key = Array(key.utf8)
    }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let given = request.headers[Self.header], Self.isSame(Array(given.utf8), key) else {
            return APIAnswer.json(.forbidden) { $0.string("Invalid access - API key invalid.") }
        }
        var context = context
        let address = context.requester.address
        context.requester = Requester(.apiKey(Self.name))
        context.requester.address = address
        return try await next(request, context)
    }

    /// Takes as long for a wrong key as for a nearly right one of the same length.
    static func isSame(_ given: [UInt8], _ key: [UInt8]) -> Bool {
        guard given.count == key.count else { return false }
        return zip(given, key).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
