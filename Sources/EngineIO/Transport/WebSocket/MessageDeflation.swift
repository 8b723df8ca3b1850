import NIOCore
import NIOHTTP1

/// What was agreed with one WebSocket client about compression (RFC 7692), and how its messages are compressed.
struct MessageDeflation: Sendable, Equatable {
    /// The client's window, as a power of two.
    let windowBits: Int32
    let threshold: Int

    /// The answer that goes into the upgrade's headers.
    var agreement: String {
        let window = windowBits < 15 ? "; server_max_window_bits=\(windowBits)" : ""
        return "permessage-deflate; server_no_context_takeover; client_no_context_takeover" + window
    }

    /// Agrees to the first offer that can be met; nil when there is none.
    init?(offers: HTTPHeaders, _ settings: MessageCompression) {
        for offer in offers[canonicalForm: "sec-websocket-extensions"] {
            let words = offer.split(separator: ";").map(\.trimmed)
            guard words.first == "permessage-deflate", let bits = Self.windowBits(words.dropFirst()) else { continue }
            windowBits = bits
            threshold = settings.threshold
            return
        }
        return nil
    }

    /// The window that an offer demands; nil when the offer has a parameter that is unknown or cannot be met.
    private static func windowBits(_ parameters: ArraySlice<Substring>) -> Int32? {
        var bits: Int32 = 15
        for parameter in parameters {
            let parts = parameter.split(separator: "=", maxSplits: 1).map(\.trimmed)
            switch parts.first {
            case "client_no_context_takeover", "server_no_context_takeover": guard parts.count == 1 else { return nil }
            case "client_max_window_bits": break
            case "server_max_window_bits":
                // zlib cannot write a bare stream with a window of eight bits.
                guard parts.count == 2, let value = Int32(parts[1].filter { $0 != "\"" }), (9...15).contains(value)
                else { return nil }
                bits = value
            default: return nil
            }
        }
        return bits
    }

    /// The compressed frame of a packet; nil when it is better sent as it is.
    func frame(of packet: EncodedPacket) -> ByteBuffer? {
        guard packet.isCompressible, packet.size >= threshold,
            var data = Zlib.deflated(packet.payload, .raw(windowBits: windowBits), endsWithFlush: true),
            data.readableBytes >= 4, data.readableBytes < packet.payload.count
        else { return nil }
        // RFC 7692, 7.2.1: the marker that ends a flushed block is left out.
        data.moveWriterIndex(to: data.writerIndex - 4)
        let first = 0x80 | 0x40 | (packet.isBinary ? WebSocketOpcode.binary : .text).rawValue
        var frame = ByteBufferAllocator().buffer(capacity: data.readableBytes + 10)
        frame.writeInteger(first)
        switch data.readableBytes {
        case 0..<126: frame.writeInteger(UInt8(data.readableBytes))
        case 126...Int(UInt16.max):
            frame.writeInteger(UInt8(126))
            frame.writeInteger(UInt16(data.readableBytes))
        default:
            frame.writeInteger(UInt8(127))
            frame.writeInteger(UInt64(data.readableBytes))
        }
        frame.writeImmutableBuffer(data)
        return frame
    }

    /// What ends a message's data before it is decompressed (RFC 7692, 7.2.2).
    static let tail: [UInt8] = [0, 0, 0xff, 0xff]
}
