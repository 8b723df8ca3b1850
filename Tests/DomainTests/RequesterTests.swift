import Domain
import Testing

@Suite("Who asks")
struct RequesterTests {
    private static let identities: [Requester.Identity] =
        Requester.Door.allCases.map { .anonymous($0) } + [
            .person("Ada"), .apiKey("default"), .machine("scheduler"), Requester.command("demo").identity,
        ]

    @Test("everybody may do everything, for now", arguments: identities)
    func rights(_ identity: Requester.Identity) {
        for right in Right.allCases { #expect(Requester(identity).may(right)) }
    }

    @Test("a viewer sees, an editor checks and edits, an admin does everything")
    func levels() {
        func held(_ rights: Rights) -> [Right] {
            Right.allCases.filter { Requester(.person("Ada"), rights: rights).may($0) }
        }
        #expect(held(.none) == [])
        #expect(held(.viewer) == [.see])
        #expect(held(.editor) == [.see, .check, .edit])
        #expect(held(.admin) == Right.allCases)
    }

    @Test("a refusal says what right is missing")
    func refusal() {
        let viewer = Requester(.apiKey("reports"), rights: .viewer)
        #expect(throws: NotAllowed(.edit)) { try viewer.require(.edit) }
        #expect(throws: Never.self) { try viewer.require(.see) }
        #expect(NotAllowed(.edit).description == "Not allowed: it takes the right to change watches and tags")
        #expect(Set(Right.allCases.map { NotAllowed($0).description }).count == Right.allCases.count)
    }

    @Test("kind and name are enough to name somebody again", arguments: identities)
    func coding(_ identity: Requester.Identity) {
        #expect(Requester.Identity(kind: identity.kind, name: identity.name) == identity)
        #expect(Requester.Identity(kind: "from the future", name: "?") == .anonymous(.page))
    }

    @Test("a key is named, never told")
    func words() {
        #expect(Requester(.apiKey("default")).description == "API key default")
        #expect(Requester(.anonymous(.page)).description == "Anonymous (page)")
        #expect(Requester.command("demo").description == "turnstone demo")
    }
}
