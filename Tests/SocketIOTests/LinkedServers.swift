import NIOConcurrencyHelpers
import NIOCore

@testable import SocketIO

/// Servers in one process that share a namespace, as servers in many processes do: what an adapter is asked to do it
/// does here and hands to the others.
final class Link: Sendable {
    private let members = NIOLockedValueBox<[LinkedAdapter]>([])

    func adapter(_ local: LocalRooms) -> LinkedAdapter {
        members.withLockedValue { members in
            let made = LinkedAdapter(local: local, link: self, number: members.count)
            members.append(made)
            return made
        }
    }

    func others(than adapter: LinkedAdapter) -> [LocalRooms] {
        members.withLockedValue { $0.filter { $0.number != adapter.number }.map(\.local) }
    }
}

/// One server's part of a link.
struct LinkedAdapter: Adapter {
    let local: LocalRooms
    let link: Link
    let number: Int

    private func all(_ target: Target) -> [LocalRooms] {
        target.isLocal ? [local] : [local] + link.others(than: self)
    }

    func broadcast(_ packet: BroadcastPacket, to target: Target) {
        for rooms in all(target) { rooms.broadcast(packet, to: target) }
    }

    func ask(_ packet: BroadcastPacket, of target: Target, timeout: TimeAmount) async -> BroadcastAnswers {
        await withTaskGroup(of: BroadcastAnswers.self) { group in
            for rooms in all(target) { group.addTask { await rooms.ask(packet, of: target, timeout: timeout) } }
            var result = BroadcastAnswers()
            for await part in group {
                result.answers += part.answers
                result.asked += part.asked
            }
            return result
        }
    }

    func fetchSockets(_ target: Target) async throws -> [SocketDescription] {
        var found: [SocketDescription] = []
        for rooms in all(target) { found += await rooms.describe(target) }
        return found
    }

    func join(_ target: Target, rooms: [String]) {
        for each in all(target) { each.join(target, rooms: rooms) }
    }

    func leave(_ target: Target, rooms: [String]) {
        for each in all(target) { each.leave(target, rooms: rooms) }
    }

    func disconnect(_ target: Target, close: Bool) {
        for each in all(target) { each.disconnect(target, close: close) }
    }

    func serverEmit(_ event: ServerEvent) {
        for rooms in link.others(than: self) { Task { _ = await rooms.received(event) } }
    }

    func serverAsk(_ event: ServerEvent, timeout: TimeAmount) async throws -> [Arguments] {
        var answers: [Arguments] = []
        for rooms in link.others(than: self) {
            if let answer = await rooms.received(event) { answers.append(answer) }
        }
        return answers
    }

    func mayReach(_ target: Target) -> Bool { true }
}
