import CZstd
import Foundation
import Synchronization

/// Presses texts into few bytes and back, alone or as what differs from an earlier text.
///
/// A whole text is a plain zstd frame with a check of its content. A delta says how many bytes at either end are those
/// of the earlier text (`SharedEnds`), then comes such a frame of what is between, which refers to the earlier text's
/// middle as its prefix (RFC 8878 section 5 calls that a raw content dictionary): most changes are in one place, and
/// what is the same around it is found at the speed of memory. A delta that begins with zstd's magic number refers to
/// the whole earlier text. Contexts are kept between calls, since making one costs more than pressing a small text.
final class TextCodec: Sendable {
    enum Failure: Error, CustomStringConvertible {
        case zstd(String)
        case wrongLength

        var description: String {
            switch self {
            case .zstd(let name): "zstd: \(name)"
            case .wrongLength: "a text does not have the length it was kept with"
            }
        }
    }

    /// zstd's own level 3 looks back 2 MiB; pairs of texts that are longer get a window that spans both.
    fileprivate static let ordinaryWindow = 2 << 20
    /// The longest text and earlier text, together, that a delta is made of: the decoder's default window limit.
    static let longestPair = 1 << 27

    fileprivate struct Contexts: ~Copyable {
        // Safety: made and freed here only, and used only inside the lock that holds this value.
        fileprivate let press: OpaquePointer
        fileprivate let unpress: OpaquePointer
        fileprivate let level: Int32

        init(level: Int32) throws {
            guard let press = ZSTD_createCCtx(), let unpress = ZSTD_createDCtx() else {
                throw Failure.zstd("out of memory")
            }
            ZSTD_CCtx_setParameter(press, ZSTD_c_checksumFlag, 1)
            ZSTD_CCtx_setParameter(press, ZSTD_c_contentSizeFlag, 0)
            self.level = level
            self.press = press
            self.unpress = unpress
        }

        deinit {
            ZSTD_freeCCtx(press)
            ZSTD_freeDCtx(unpress)
        }
    }

    private let contexts: Mutex<Contexts>

    init(level: Int) throws {
        contexts = Mutex(try Contexts(level: Int32(min(max(level, 1), 19))))
    }

    /// `text` in few bytes, as a delta against `earlier` when one is given.
    func pressed(_ text: [UInt8], against earlier: [UInt8]? = nil) throws -> [UInt8] {
        guard let earlier else {
            return try contexts.withLock { try $0.pressed(text[...], against: [], isFast: false) }
        }
        let ends = SharedEnds(of: text, and: earlier)
        let middle = ends.middle(of: text)
        let frame =
            try middle.isEmpty
            ? [] : contexts.withLock { try $0.pressed(middle, against: ends.middle(of: earlier), isFast: false) }
        return ends.encoded + frame
    }

    /// `text` in half as many bytes again, for a third of the work: for what is soon replaced.
    func pressedFast(_ text: [UInt8]) throws -> [UInt8] {
        try contexts.withLock { try $0.pressed(text[...], against: [], isFast: true) }
    }

    /// The text of `length` bytes that `frame` was pressed from.
    func text(_ frame: [UInt8], length: Int, against earlier: [UInt8]? = nil) throws -> [UInt8] {
        guard length >= 0, length <= 1 << 30 else { throw Failure.wrongLength }
        let text = try text(frame[...], length: length, earlier ?? [])
        guard text.count == length else { throw Failure.wrongLength }
        return text
    }

    private func text(_ frame: ArraySlice<UInt8>, length: Int, _ earlier: [UInt8]) throws -> [UInt8] {
        guard let (ends, rest) = SharedEnds.decoded(frame) else {
            return try contexts.withLock { try $0.text(frame, length: length, against: earlier[...]) }
        }
        let middleLength = length - ends.before - ends.after
        guard middleLength >= 0, ends.before + ends.after <= earlier.count else { throw Failure.wrongLength }
        if rest.isEmpty { return earlier.prefix(ends.before) + earlier.suffix(ends.after) }
        let middle = try contexts.withLock {
            try $0.text(rest, length: middleLength, against: ends.middle(of: earlier))
        }
        return earlier.prefix(ends.before) + middle + earlier.suffix(ends.after)
    }

    fileprivate static func checked(_ code: Int) throws -> Int {
        guard ZSTD_isError(code) == 0 else { throw Failure.zstd(String(cString: ZSTD_getErrorName(code))) }
        return code
    }
}

extension TextCodec.Contexts {
    /// zstd's levels below 1 trade size for speed; this one packs HTML to a third at about a gigabyte a second.
    private static let fastLevel: Int32 = -5

    fileprivate func pressed(_ text: ArraySlice<UInt8>, against earlier: ArraySlice<UInt8>, isFast: Bool) throws
        -> [UInt8]
    {
        ZSTD_CCtx_reset(press, ZSTD_reset_session_only)
        // In a delta nearly all is one long match, which the fastest search finds as well as any.
        ZSTD_CCtx_setParameter(
            press, ZSTD_c_compressionLevel, isFast ? Self.fastLevel : earlier.isEmpty ? level : min(level, 1))
        let span = text.count + earlier.count
        let isLong = span > TextCodec.ordinaryWindow
        ZSTD_CCtx_setParameter(
            press, ZSTD_c_windowLog, isLong ? Int32(min(27, Int.bitWidth - span.leadingZeroBitCount)) : 0)
        ZSTD_CCtx_setParameter(press, ZSTD_c_enableLongDistanceMatching, isLong ? 1 : 0)
        // Safety: zstd writes inside of the room and says how much; prefix and text are lent until it is done, and
        // the next reset forgets the prefix.
        return try [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(text.count)) { room, count in
            count = try text.withUnsafeBytes { text in
                try earlier.withUnsafeBytes { earlier in
                    if !earlier.isEmpty { ZSTD_CCtx_refPrefix(press, earlier.baseAddress, earlier.count) }
                    return try TextCodec.checked(
                        ZSTD_compress2(press, room.baseAddress, room.count, text.baseAddress, text.count))
                }
            }
        }
    }

    fileprivate func text(
        _ frame: ArraySlice<UInt8>, length: Int, against earlier: ArraySlice<UInt8>
    ) throws -> [UInt8] {
        ZSTD_DCtx_reset(unpress, ZSTD_reset_session_only)
        return try [UInt8](unsafeUninitializedCapacity: length) { room, count in
            count = try frame.withUnsafeBytes { frame in
                try earlier.withUnsafeBytes { earlier in
                    if !earlier.isEmpty { ZSTD_DCtx_refPrefix(unpress, earlier.baseAddress, earlier.count) }
                    return try TextCodec.checked(
                        ZSTD_decompressDCtx(unpress, room.baseAddress, room.count, frame.baseAddress, frame.count))
                }
            }
        }
    }
}
