import HTTPTypes
package import Hummingbird

extension Router {
    /// Answers 405 to the methods that a known path does not have, with those it has (RFC 9110 15.5.6); call it when
    /// all routes are added.
    package func refuseOtherMethods() {
        var known: [String: (path: RouterPath, methods: Set<HTTPRequest.Method>)] = [:]
        for route in routes { known[route.path.description, default: (route.path, [])].methods.insert(route.method) }
        for (path, methods) in known.values {
            let allowed = methods.contains(.get) ? methods.union([.head]) : methods
            let allow = allowed.map(\.rawValue).sorted().joined(separator: ", ")
            for method in Set<HTTPRequest.Method>.usual.subtracting(allowed) {
                on(path, method: method) { _, _ -> Response in
                    throw HTTPError(.methodNotAllowed, headers: [.allow: allow])
                }
            }
        }
    }
}

extension Set<HTTPRequest.Method> {
    /// RFC 9110 9.3, and PATCH of RFC 5789.
    fileprivate static let usual: Self = [.get, .head, .post, .put, .delete, .patch, .options, .trace, .connect]
}
