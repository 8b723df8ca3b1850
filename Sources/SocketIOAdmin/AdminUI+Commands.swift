import SocketIO

/// What the page may have done.
extension AdminUI {
    func takeCommands(_ admin: Namespace) {
        admin.onRaw("emit") { [weak self] _, event in
            let arguments = event.arguments
            guard let target = try self?.target(arguments, filterAt: 1), arguments.count > 2 else { return nil }
            let name = try arguments.decode(String.self, at: 2)
            try target.emit(name, arguments.dropFirst().dropFirst().dropFirst())
            return nil
        }
        admin.onRaw("join") { [weak self] _, event in
            guard let target = try self?.target(event.arguments, filterAt: 2) else { return nil }
            target.join(try event.arguments.decode(String.self, at: 1))
            return nil
        }
        admin.onRaw("leave") { [weak self] _, event in
            guard let target = try self?.target(event.arguments, filterAt: 2) else { return nil }
            target.leave(try event.arguments.decode(String.self, at: 1))
            return nil
        }
        admin.onRaw("_disconnect") { [weak self] _, event in
            guard let target = try self?.target(event.arguments, filterAt: 2) else { return nil }
            target.disconnect(close: try event.arguments.decode(Bool?.self, at: 1) ?? false)
            return nil
        }
    }

    /// Whom a command means; nil for a namespace that does not exist, since none is made by asking.
    private func target(_ arguments: Arguments, filterAt place: Int) throws -> BroadcastTarget? {
        let name = try arguments.decode(String.self, at: 0)
        guard let namespace = server?.namespaces.first(where: { $0.name == name }) else { return nil }
        let filter = try arguments.decode(AdminFilter?.self, at: place)
        return filter.map { namespace.to($0.rooms) } ?? namespace.everyone
    }
}
