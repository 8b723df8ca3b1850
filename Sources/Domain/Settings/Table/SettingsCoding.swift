/// Stored with the names of the table and only what differs from one without wishes, so that a plain watch costs
/// nothing to store or read, and a row written by an older version stays good: what is missing is the default, what is
/// not known is left out.
extension WatchSettings: Codable {
    public init(from decoder: any Decoder) throws {
        self.init()
        try SettingsCoding.read(&self, SettingsTable.watchRows, from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try SettingsCoding.write(self, SettingsTable.watchRows, to: encoder)
    }
}

extension TagSettings: Codable {
    public init(from decoder: any Decoder) throws {
        self.init()
        try SettingsCoding.read(&self, SettingsTable.tagRows, from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try SettingsCoding.write(self, SettingsTable.tagRows, to: encoder)
    }
}

extension Settings: Codable {
    public init(from decoder: any Decoder) throws {
        self.init()
        try SettingsCoding.read(&self, SettingsTable.allRows, from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        try SettingsCoding.write(self, SettingsTable.allRows, to: encoder)
    }
}

/// Rows of one level by the name they are stored under.
struct SettingRows<Root: Sendable>: Sendable {
    let list: [Setting<Root>]
    let byName: [String: Setting<Root>]

    init(_ list: [Setting<Root>]) {
        self.list = list
        byName = Dictionary(uniqueKeysWithValues: list.map { ($0.name, $0) })
    }
}

private enum SettingsCoding {
    /// Costs as much as there is stored, not as there are settings.
    static func read<Root: Sendable>(
        _ root: inout Root, _ rows: SettingRows<Root>, from decoder: any Decoder
    ) throws {
        let box = try decoder.container(keyedBy: SettingName.self)
        for key in box.allKeys {
            if let part = SettingPart(rawValue: key.stringValue) {
                let inner = try box.nestedContainer(keyedBy: SettingName.self, forKey: key)
                for key in inner.allKeys where rows.byName[key.stringValue]?.about.part == part {
                    try rows.byName[key.stringValue]?.decode(from: inner, into: &root)
                }
            } else if let row = rows.byName[key.stringValue], row.about.part == nil {
                try row.decode(from: box, into: &root)
            }
        }
    }

    static func write<Root: Sendable>(_ root: Root, _ rows: SettingRows<Root>, to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: SettingName.self)
        let said = rows.list.filter { !$0.isPlain(in: root) }
        for row in said where row.about.part == nil { try row.encode(root, to: &box) }
        for part in SettingPart.allCases {
            let inside = said.filter { $0.about.part == part }
            guard !inside.isEmpty else { continue }
            var inner = box.nestedContainer(keyedBy: SettingName.self, forKey: SettingName(part.rawValue))
            for row in inside { try row.encode(root, to: &inner) }
        }
    }
}
