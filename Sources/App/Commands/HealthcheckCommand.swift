import ArgumentParser
import Foundation

/// Asks a running program on this machine whether it is ready; for a container's HEALTHCHECK, so that no other tool is
/// needed there.
struct HealthcheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "healthcheck", abstract: "Check whether the running server is ready; exit status 0 if it is.")

    @Option(help: "Seconds to wait for a response.")
    var timeout = 5.0

    func run() async throws {
        let configuration = try Start.configuration()
        let host = ["0.0.0.0", "::", ""].contains(configuration.host) ? "127.0.0.1" : configuration.host
        let path = (configuration.baseURL?.path ?? "") + "/readyz"
        guard let url = URL(string: "http://\(host.contains(":") ? "[\(host)]" : host):\(configuration.port)\(path)")
        else {
            throw Start.Failure("CHANGEDETECTION_HOST is not a host: \(host)")
        }
        let answer = try await Healthcheck.get(url, timeout: timeout)
        print(answer.body)
        guard answer.status == 200 else { throw ExitCode(1) }
    }
}
