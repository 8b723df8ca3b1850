import Foundation

/// Style sheets, scripts and icons: read and compressed once at the start, served from memory.
public struct Assets: Sendable {
    /// One file as it is sent.
    public struct Asset: Sendable {
        public let contentType: String
        public let bytes: [UInt8]
        /// nil when compressing does not make it smaller.
        public let gzipped: [UInt8]?
        /// Stands for the content, in quotes, as the ETag header wants it.
        public let etag: String
        let version: String
    }

    /// Why the assets are not good; stops the start.
    public enum Failure: Error, CustomStringConvertible {
        case unreadable(path: String)

        public var description: String {
            switch self {
            case .unreadable(let path): "The asset \(path) cannot be read"
            }
        }
    }

    private static let contentTypes = [
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
        "png": "image/png", "ico": "image/x-icon", "txt": "text/plain; charset=utf-8", "map": "application/json",
        "webmanifest": "application/manifest+json",
    ]
    private static let smallestGain = 64

    private let base: String
    private let assets: [String: Asset]

    /// Reads every file of a known kind below `folder`; others are not served.
    public init(folder: String, base: String) throws {
        self.base = base
        // A folder may be given by a link to it, which an enumerator would not go through.
        let folder = URL(filePath: folder).resolvingSymlinksInPath().path
        guard let paths = FileManager.default.enumerator(atPath: folder) else { throw Failure.unreadable(path: folder) }
        var assets: [String: Asset] = [:]
        for case let path as String in paths {
            guard let dot = path.lastIndex(of: "."),
                let type = Self.contentTypes[String(path[path.index(after: dot)...])]
            else { continue }
            guard let bytes = FileManager.default.contents(atPath: folder + "/" + path) else {
                throw Failure.unreadable(path: path)
            }
            assets[path] = Self.prepare(Array(bytes), type)
        }
        self.assets = assets
    }

    /// The file at `path` (`css/app.css`), if there is one.
    public subscript(path: String) -> Asset? {
        assets[path]
    }

    /// Where `path` is fetched; its version changes with its content, so that browsers may keep it for good.
    public func url(_ path: String) -> String {
        "\(base)/assets/\(path)" + (assets[path].map { "?v=\($0.version)" } ?? "")
    }

    /// Every asset's address as templates name it: `{{asset.css_app}}` for `css/app.css`.
    public var fields: Fields {
        var fields: Fields = [:]
        for path in assets.keys {
            let stem = path.prefix(upTo: path.lastIndex(of: ".") ?? path.endIndex)
            fields[String(stem.map { $0 == "/" || $0 == "." ? "_" : $0 })] = .text(url(path))
        }
        return fields
    }

    private static func prepare(_ bytes: [UInt8], _ contentType: String) -> Asset {
        let version = String(hash(bytes), radix: 36)
        let gzipped = Gzip.compress(bytes, level: 9)
        let helps = gzipped.map { $0.count + smallestGain < bytes.count } ?? false
        return Asset(
            contentType: contentType, bytes: bytes, gzipped: helps ? gzipped : nil, etag: "\"\(version)\"",
            version: version)
    }

    /// 64-bit FNV-1a: tells versions of our own files apart, and is no secret.
    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
