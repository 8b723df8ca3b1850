extension SettingKind where Value == ProxyChoice? {
    /// The name of a proxy, or `no-proxy`, as the incumbent has it; whether there is such a proxy is not known here.
    static var proxy: SettingKind {
        var proxy = SettingKind(
            shape: .proxy, json: { $0.map { .string($0.text) } ?? .null },
            fromJSON: { value, field throws(FieldError) in ProxyChoice(try SettingJSON.string(value, field)) },
            formTexts: { [("", $0?.text ?? "")] }, fromForm: { form, name in ProxyChoice(form.word(name)) },
            words: { $0.map { $0 == .direct ? "No proxy" : $0.text } ?? "" })
        proxy.problems = { choice, field in
            choice.map { SettingLimits.isTooLong($0.text) } == true ? [SettingLimits.tooLong(field)] : []
        }
        return proxy
    }
}

extension SettingKind where Value == ServerTrust? {
    /// `system`, `self-signed`, or the certificates of the only authority in PEM.
    static var trust: SettingKind {
        SettingKind(
            shape: .trust, json: { $0.map { .string($0.text) } ?? .null },
            fromJSON: { value, field throws(FieldError) in
                let text = try SettingJSON.string(value, field)
                return text.isEmpty ? nil : try ServerTrust(text, field: field)
            },
            formTexts: { trust in
                switch trust {
                case nil: [("", "")]
                case .authority(let authority): [("", "authority"), ("-authority", authority.pem)]
                case let other?: [("", other.text)]
                }
            },
            fromForm: { form, name in
                let word = form.word(name)
                guard !word.isEmpty else { return nil }
                do throws(FieldError) {
                    guard word == "authority" else { return try ServerTrust(word, field: name) }
                    return .authority(
                        try CertificateAuthority(form.text("\(name)-authority"), field: "\(name)-authority"))
                } catch {
                    form.note(error)
                    return nil
                }
            },
            words: { trust in
                switch trust {
                case nil: ""
                case .system: "Authorities trusted by this system"
                case .selfSigned: "Any certificate"
                case .authority(let authority): "Only this authority: \(authority)"
                }
            })
    }
}

extension SettingKind where Value == [NamedProxy] {
    /// Names with their addresses: objects with `name` and `url` in the API, `name url` on a line in forms.
    static var proxies: SettingKind {
        var proxies = SettingKind(
            shape: .proxies, json: { .array($0.map(\.json)) },
            fromJSON: { value, field throws(FieldError) in try ProxyList.fromJSON(value, field) },
            formTexts: { [("", $0.map { "\($0.name) \($0.address.description)" }.joined(separator: "\n"))] },
            fromForm: { form, name in ProxyList.read(&form, name) },
            words: { $0.map { "\($0.name) \($0.address.description)" }.joined(separator: "\n") })
        proxies.problems = { ProxyList.problems($0, $1) }
        proxies.restoringSecrets = { typed, stored, form, name in
            typed.enumerated().map { ProxyList.restored($1, stored, &form, "\(name)[\($0)]") }
        }
        return proxies
    }
}

extension NamedProxy {
    /// With its password, for whoever may read secrets.
    fileprivate var json: JSONValue { .object(["name": .string(name), "url": .string(address.unredacted)]) }
}

/// Proxies as people and programs write them.
private enum ProxyList {
    static func fromJSON(_ value: JSONValue, _ field: String) throws(FieldError) -> [NamedProxy] {
        guard case .array(let entries) = value else {
            throw FieldError(field, "must be a list of objects with name and url, not \(value.kind)")
        }
        var proxies: [NamedProxy] = []
        for (index, entry) in entries.enumerated() {
            let name = "\(field)[\(index)]"
            let parts = try SettingJSON.object(entry, name, of: "with name and url")
            proxies.append(
                try proxy(
                    try SettingJSON.string(parts["name"] ?? .null, "\(name).name"),
                    try SettingJSON.string(parts["url"] ?? .null, "\(name).url"), name))
        }
        return proxies
    }

    static func read(_ form: inout FormReader, _ name: String) -> [NamedProxy] {
        var proxies: [NamedProxy] = []
        for (index, line) in form.lines(name).enumerated() {
            let field = "\(name)[\(index)]"
            let blank = line.lastIndex(where: \.isWhitespace)
            do throws(FieldError) {
                guard let blank else { throw FieldError(field, "Must be a name, a space and a URL") }
                proxies.append(try proxy(String(line[..<blank]), String(line[line.index(after: blank)...]), field))
            } catch {
                form.note(FieldError(field, error.message))
            }
        }
        return proxies
    }

    private static func proxy(_ name: String, _ url: String, _ field: String) throws(FieldError) -> NamedProxy {
        try NamedProxy(name: name, address: ProxyAddress(url, field: "\(field).url"), field: "\(field).name")
    }

    /// A password that was shown as `***` is the one that is stored for the same name and address, or for the same
    /// address when no other proxy has it; else it has to be typed again.
    static func restored(
        _ proxy: NamedProxy, _ stored: [NamedProxy], _ form: inout FormReader, _ field: String
    ) -> NamedProxy {
        guard proxy.address.password == "***" else { return proxy }
        let alike = stored.filter { $0.address.description == proxy.address.description }
        let known = alike.first { $0.name == proxy.name } ?? (alike.count == 1 ? alike[0] : nil)
        guard let known, let restored = try? NamedProxy(name: proxy.name, address: known.address) else {
            form.note(FieldError(field, "Type the password of \(proxy.name) again: it is not stored for this address"))
            return proxy
        }
        return restored
    }

    static func problems(_ proxies: [NamedProxy], _ field: String) -> [FieldError] {
        if proxies.count > SettingLimits.mostEntries { return [SettingLimits.tooMany(field)] }
        let names = Dictionary(grouping: proxies, by: \.name).filter { $0.value.count > 1 }.keys.sorted()
        return names.map { FieldError(field, "There are several proxies named \($0)") }
    }
}
