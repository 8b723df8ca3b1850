import EngineIO
import NIOCore
import SocketTestKit
import Testing

@testable import SocketIO

@Suite("A client's state under random treatment")
struct ClientStateRandomTests {
    /// What the server has decided, to hold the state against it.
    private struct World {
        var asked: Set<String> = []
        var joined: Set<String> = []
        var isClosed = false
        var log: [String] = []
    }

    @Test(
        "delivers only to who has joined, asks once at a time, and says nothing after a violation",
        arguments: SeededRandom.seeds, ProtocolVersion.allCases)
    func everything(seed: UInt64, version: ProtocolVersion) {
        for round in 0..<300 {
            var random = SeededRandom(seed: seed &+ UInt64(round))
            var state = ClientState(limits: SocketLimits(), version: version)
            var world = World()
            note(state.opened(), &world)
            for _ in 0..<40 where !world.isClosed { step(&state, &world, &random) }
            let silent = state.received(text: ByteBuffer(string: "2[\"x\"]"))
            if world.isClosed { #expect(silent == nil, "seed \(seed) round \(round): \(world.log)") }
        }
    }

    private func step(_ state: inout ClientState, _ world: inout World, _ random: inout SeededRandom) {
        let namespace = ["/", "/a", "/b", "/c"].randomElement(using: &random) ?? "/"
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
            if state.admitted(namespace) {
                #expect(world.asked.remove(namespace) != nil, "\(world.log)")
                world.joined.insert(namespace)
            }
        case 1:
            if world.asked.remove(namespace) != nil { state.refused(namespace) }
        case 2:
            if world.joined.remove(namespace) != nil { state.expelled(namespace) }
        case 3: note(state.received(binary: ByteBuffer(bytes: [1])), &world)
        default:
            let text = packet(namespace, &random)
            world.log.append(text)
            note(state.received(text: ByteBuffer(string: text)), &world)
        }
    }

    private func packet(_ namespace: String, _ random: inout SeededRandom) -> String {
        let place = namespace == "/" ? "" : namespace + ","
        let packets = [
            "0\(place)", "0\(place)", "0\(place){\"a\":1}", "1\(place)", "2\(place)[\"e\",1]", "2\(place)7[\"e\"]",
            "3\(place)7[1]", "51-\(place)[\"e\",{\"_placeholder\":true,\"num\":0}]", "61-\(place)7[]", "2\(place)",
        ]
        let garbage = ["", "9", "4{}", "0[]", "2{}", "599-[]", "2[\"disconnect\"]", "2[1,", "0/a?x=1,"]
        let list = Int.random(in: 0..<12, using: &random) == 0 ? garbage : packets
        return list.randomElement(using: &random) ?? ""
    }

    private func note(_ action: ClientState.Action?, _ world: inout World) {
        guard let action else { return }
        #expect(!world.isClosed, "\(world.log)")
        world.log.append("-> \(action)")
        switch action {
        case .authorize(let namespace, _):
            #expect(!world.joined.contains(namespace) && world.asked.insert(namespace).inserted, "\(world.log)")
        case .deliver(let namespace, _, _), .acknowledged(let namespace, _, _):
            #expect(world.joined.contains(namespace), "\(world.log)")
        case .left(let namespace):
            #expect(world.joined.remove(namespace) != nil || world.asked.remove(namespace) != nil, "\(world.log)")
        case .close: world.isClosed = true
        }
    }
}
