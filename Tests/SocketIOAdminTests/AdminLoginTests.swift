import EngineIO
import Foundation
import Testing

@testable import SocketIOAdmin

@Suite("The login of administrators")
struct AdminLoginTests {
    @Test("only both right together are let in")
    func password() {
        let login = AdminLogin(name: "ann", password: "geheim")
        #expect(login.admits(name: "ann", password: "geheim"))
        for (name, password) in [
            ("ann", ""), ("ann", "geheim "), ("ann", "Geheim"), ("", "geheim"), ("bob", "geheim"), ("geheim", "ann"),
            ("", ""),
        ] {
            #expect(!login.admits(name: name, password: password))
        }
    }

    @Test("a session stands for the login, until so many have come after it")
    func sessions() {
        let login = AdminLogin(name: "ann", password: "geheim")
        let first = login.makeSession()
        #expect(first.utf8.count == 32)
        #expect(login.admits(session: first))
        #expect(!login.admits(session: ""))
        #expect(!login.admits(session: String(first.dropLast())))
        let later = (0..<AdminLogin.maxSessions).map { _ in login.makeSession() }
        #expect(Set(later).count == AdminLogin.maxSessions)
        #expect(!login.admits(session: first))
        #expect(login.admits(session: later[0]))
        #expect(!AdminLogin(name: "ann", password: "geheim").admits(session: later[0]))
    }

    @Test("figures are what was done since the last ones, under the page's names")
    func figures() {
        var now = EngineTotals()
        now.packetsSent = 7
        now.connectionsOpened = 2
        var before = EngineTotals()
        before.connectionsOpened = 1
        #expect(
            now.since(before, at: Date(timeIntervalSince1970: 5.9)) == [
                .init(timestamp: 5000, type: "rawConnection", count: 1),
                .init(timestamp: 5000, type: "packetsOut", count: 7),
            ])
    }
}
