internal import CXXHash
import Foundation

/// How jobs and outcomes are written down for other machines; inside one process they are handed on as they are.
///
/// The form is a binary property list: texts, bodies and pictures stand in it as bytes (JSON would need a third more
/// for base64), and dates and numbers are exact. Before it stands the checksum of its bytes (XXH3, 128 bits,
/// big-endian), because Foundation's reader can end the process on bytes that no writer wrote. In it is the version of
/// the form, so that machines of different versions refuse each other's work instead of misreading it.
public enum CheckCoding {
    /// The form's version; raised with every change that another version would misread.
    public static let version = 1
    /// The most bytes of one job or outcome: room for a last text, a snapshot's text and a picture, or a text, a last
    /// text, a body and a picture, each as large as the largest page that is fetched by default (16 MiB).
    public static let mostBytes = 64 << 20

    static func encode(_ value: some Encodable, contentBytes: Int) throws(CheckCodingError) -> Data {
        // Before the work is done, not after.
        guard contentBytes <= mostBytes else { throw .tooLarge(bytes: contentBytes, most: mostBytes) }
        let encoder = PropertyListEncoder()
        encoder.outputFormat = .binary
        let data: Data
        do {
            data = try encoder.encode(value)
        } catch {
            throw .malformed("\(error)")
        }
        let checksummed = checksummed(data)
        guard checksummed.count <= mostBytes else { throw .tooLarge(bytes: checksummed.count, most: mostBytes) }
        return checksummed
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws(CheckCodingError) -> Value {
        guard data.count <= mostBytes else { throw .tooLarge(bytes: data.count, most: mostBytes) }
        let list = data.dropFirst(checksumBytes)
        guard data.starts(with: checksum(of: list)) else { throw .malformed("its bytes were cut or changed") }
        do {
            return try PropertyListDecoder().decode(type, from: list)
        } catch let error as CheckCodingError {
            throw error
        } catch {
            throw .malformed("\(error)")
        }
    }

    static let checksumBytes = 16

    /// A property list as it is sent: behind its checksum.
    static func checksummed(_ list: Data) -> Data { Data(checksum(of: list)) + list }

    private static func checksum(of list: Data) -> [UInt8] {
        // Safety: the pointers are used inside of their closures only, with the count that belongs to them.
        let digest = list.withUnsafeBytes { XXH3_128bits($0.baseAddress, $0.count) }
        return withUnsafeBytes(of: (digest.high64.bigEndian, digest.low64.bigEndian)) { Array($0) }
    }
}

/// Why a job or an outcome cannot be written down or read.
public enum CheckCodingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It was written by a version of the program that writes another form.
    case otherVersion(theirs: Int, ours: Int)
    case tooLarge(bytes: Int, most: Int)
    case malformed(String)

    public var description: String {
        switch self {
        case .otherVersion(let theirs, let ours):
            "it is written in version \(theirs) of the form for checks, and this program reads version \(ours)"
        case .tooLarge(let bytes, let most): "it has \(bytes) bytes, and at most \(most) are taken"
        case .malformed(let why): "it cannot be read: \(why)"
        }
    }
}

/// Bytes that a coder writes as bytes; `[UInt8]` itself would be a list of numbers.
struct Blob: Codable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    init(from decoder: any Decoder) throws {
        bytes = Array(try decoder.singleValueContainer().decode(Data.self))
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        try value.encode(Data(bytes))
    }
}

extension KeyedDecodingContainer {
    /// Throws when the value was written in another version of the form than ours.
    func checkVersion(_ key: Key) throws {
        let theirs = try decode(Int.self, forKey: key)
        guard theirs == CheckCoding.version else {
            throw CheckCodingError.otherVersion(theirs: theirs, ours: CheckCoding.version)
        }
    }

    func bytes(_ key: Key) throws -> [UInt8] { try decode(Blob.self, forKey: key).bytes }

    func bytesIfPresent(_ key: Key) throws -> [UInt8]? { try decodeIfPresent(Blob.self, forKey: key)?.bytes }
}

extension KeyedEncodingContainer {
    mutating func encode(bytes: [UInt8]?, forKey key: Key) throws {
        try encodeIfPresent(bytes.map(Blob.init), forKey: key)
    }
}
