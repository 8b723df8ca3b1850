import EngineIO
import NIOCore
import SocketTestKit
import Testing

@Suite("A session under random treatment")
struct SessionRandomTests {
    /// What the world outside a session knows, to hold the session against its promises.
    private struct World {
        var random: SeededRandom
        var nextLink: UInt64 = 1
        var polls: Set<UInt64> = []
        var posts: Set<UInt64> = []
        var sockets: Set<UInt64> = []
        var endings = 0
        var releases = 0
        var log: [String] = []
    }

    @Test(
        "never traps, answers every request, ends once with a reason and leaves nothing", arguments: SeededRandom.seeds)
    func everything(seed: UInt64) {
        for round in 0..<120 {
            var world = World(random: SeededRandom(seed: seed &+ UInt64(round)))
            play(&world)
            #expect(world.endings == 1, "seed \(seed) round \(round): \(world.log)")
            #expect(world.releases == 1, "seed \(seed) round \(round): \(world.log)")
            #expect(world.polls.isEmpty && world.posts.isEmpty, "seed \(seed) round \(round): \(world.log)")
            #expect(world.sockets.isEmpty, "seed \(seed) round \(round): \(world.log)")
        }
    }

    private func play(_ world: inout World) {
        var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
        let transport: Transport = Bool.random(using: &world.random) ? .polling : .websocket
        var settings = SessionSettings()
        settings.maxQueuedBytes = 2000
        let version: ProtocolVersion = Bool.random(using: &world.random) ? .four : .three
        var session = Session(
            id: SessionID(), transport: transport, version: version, settings: settings, now: now)
        feed(&session, opening(transport, &world), now, &world)
        for _ in 0..<Int.random(in: 1...60, using: &world.random) {
            if Int.random(in: 0..<4, using: &world.random) == 0 {
                now = now + .milliseconds(Int64.random(in: 0...15_000, using: &world.random))
                feed(&session, .timer, now, &world)
            } else {
                feed(&session, input(&world), now, &world)
            }
        }
        feed(&session, .close(.forcedClose), now, &world)
        feed(&session, .abandon, now, &world)
    }

    private func opening(_ transport: Transport, _ world: inout World) -> Session.Input {
        switch transport {
        case .polling: .pollOpened(LinkID(open(\.polls, &world)))
        case .websocket: .socketOpened(LinkID(open(\.sockets, &world)))
        }
    }

    private func open(_ kind: WritableKeyPath<World, Set<UInt64>>, _ world: inout World) -> UInt64 {
        world.nextLink += 1
        world[keyPath: kind].insert(world.nextLink)
        return world.nextLink
    }

    private func input(_ world: inout World) -> Session.Input {
        let texts = ["2probe", "5", "3", "4hello", "1", "", "9", "2", "4", "6", "0", "1:2", "2:4a1:1"]
        let text = ByteBuffer(string: texts.randomElement(using: &world.random) ?? "")
        let body = ByteBuffer(string: "4a\u{1e}" + String(buffer: text))
        let anyLink = LinkID(UInt64.random(in: 0...world.nextLink, using: &world.random))
        let post = world.posts.randomElement(using: &world.random)
        let socket = world.sockets.randomElement(using: &world.random)
        switch Int.random(in: 0..<16, using: &world.random) {
        case 0, 1: return .pollOpened(LinkID(open(\.polls, &world)))
        case 2:
            let isBinary = Int.random(in: 0..<4, using: &world.random) == 0
            return .postOpened(LinkID(open(\.posts, &world)), isBinary: isBinary)
        case 3, 4:
            return .postReceived(post.map { LinkID($0) } ?? anyLink, Bool.random(using: &world.random) ? body : text)
        case 5: return .postTooLarge(post.map { LinkID($0) } ?? anyLink)
        case 6:
            guard let poll = world.polls.union(world.posts).randomElement(using: &world.random) else { return .flush }
            world.polls.remove(poll)
            world.posts.remove(poll)
            return .requestDropped(LinkID(poll))
        case 7: return .socketOpened(LinkID(open(\.sockets, &world)))
        case 8, 9: return .socketText(socket.map { LinkID($0) } ?? anyLink, ByteBuffer(string: "2probe"))
        case 10: return .socketText(socket.map { LinkID($0) } ?? anyLink, ByteBuffer(string: "5"))
        case 11: return .socketText(socket.map { LinkID($0) } ?? anyLink, text)
        case 12: return .socketBinary(socket.map { LinkID($0) } ?? anyLink, text)
        case 13:
            guard let socket else { return .flush }
            world.sockets.remove(socket)
            return .socketClosed(LinkID(socket), failed: Bool.random(using: &world.random))
        case 14: return .send(Outgoing(EncodedPacket(text: String(repeating: "x", count: 300))))
        default: return .flush
        }
    }

    private func feed(_ session: inout Session, _ input: Session.Input, _ now: NIODeadline, _ world: inout World) {
        var actions: [Session.Action] = []
        session.handle(input, now: now, actions: &actions)
        world.log.append("\(input) -> \(actions.map(SessionScript.describe))")
        for action in actions {
            switch action {
            case .answer(let link, _), .abort(let link):
                let known = world.polls.remove(link.number) != nil || world.posts.remove(link.number) != nil
                #expect(known, "answered a request that does not wait: \(world.log)")
            case .closeSocket(let link):
                #expect(world.sockets.remove(link.number) != nil, "closed a socket that is not open: \(world.log)")
            case .write(let link, _):
                #expect(world.sockets.contains(link.number), "wrote to a socket that is not open: \(world.log)")
            case .deliver:
                #expect(world.endings == 0, "delivered after the end: \(world.log)")
            case .ended: world.endings += 1
            case .released:
                #expect(world.endings == 1, "released before the end: \(world.log)")
                world.releases += 1
            case .requestFlush, .upgraded, .droppedVolatile: break
            }
        }
    }
}
