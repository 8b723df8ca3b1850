import NIOCore

extension MessagePackValue {
    /// Writes the value in the shortest form there is for it (the MessagePack specification, "Serialization"), floats
    /// in 64 bits.
    func write(to buffer: inout ByteBuffer) {
        switch self {
        case .null: buffer.writeInteger(UInt8(0xC0))
        case .undefined: buffer.writeBytes([0xD4, 0, 0])
        case .bool(let truth): buffer.writeInteger(UInt8(truth ? 0xC3 : 0xC2))
        case .int(let number): Self.write(number, to: &buffer)
        case .uint(let number): Self.write(number, to: &buffer)
        case .double(let number):
            buffer.writeInteger(UInt8(0xCB))
            buffer.writeInteger(number.bitPattern)
        case .string(let text): Self.write(text, to: &buffer)
        case .binary(let bytes):
            Self.writeSize(bytes.readableBytes, small: 0xC4, 0xC5, 0xC6, to: &buffer)
            buffer.writeImmutableBuffer(bytes)
        case .array(let list):
            Self.writeCount(list.count, fixed: 0x90, 0xDC, 0xDD, to: &buffer)
            for value in list { value.write(to: &buffer) }
        case .map(let members):
            Self.writeCount(members.count, fixed: 0x80, 0xDE, 0xDF, to: &buffer)
            for member in members {
                Self.write(member.key, to: &buffer)
                member.value.write(to: &buffer)
            }
        case .date(let milliseconds):
            buffer.writeBytes([0xD7, 0])
            buffer.writeInteger(milliseconds)
        case .other(let type, let bytes): Self.write(type, bytes, to: &buffer)
        }
    }

    var encoded: ByteBuffer {
        var buffer = ByteBuffer()
        write(to: &buffer)
        return buffer
    }

    private static func write(_ number: Int64, to buffer: inout ByteBuffer) {
        switch number {
        case 0...: write(UInt64(number), to: &buffer)
        case -32..<0: buffer.writeInteger(Int8(number))
        case Int64(Int8.min)..<0: buffer.writeMultipleIntegers(UInt8(0xD0), Int8(number))
        case Int64(Int16.min)..<0: buffer.writeMultipleIntegers(UInt8(0xD1), Int16(number))
        case Int64(Int32.min)..<0: buffer.writeMultipleIntegers(UInt8(0xD2), Int32(number))
        default: buffer.writeMultipleIntegers(UInt8(0xD3), number)
        }
    }

    private static func write(_ number: UInt64, to buffer: inout ByteBuffer) {
        switch number {
        case 0..<128: buffer.writeInteger(UInt8(number))
        case ...UInt64(UInt8.max): buffer.writeMultipleIntegers(UInt8(0xCC), UInt8(number))
        case ...UInt64(UInt16.max): buffer.writeMultipleIntegers(UInt8(0xCD), UInt16(number))
        case ...UInt64(UInt32.max): buffer.writeMultipleIntegers(UInt8(0xCE), UInt32(number))
        default: buffer.writeMultipleIntegers(UInt8(0xCF), number)
        }
    }

    private static func write(_ text: String, to buffer: inout ByteBuffer) {
        let size = text.utf8.count
        if size < 32 {
            buffer.writeInteger(0xA0 | UInt8(size))
        } else {
            writeSize(size, small: 0xD9, 0xDA, 0xDB, to: &buffer)
        }
        buffer.writeString(text)
    }

    private static func write(_ type: Int8, _ bytes: ByteBuffer, to buffer: inout ByteBuffer) {
        switch bytes.readableBytes {
        case 1: buffer.writeInteger(UInt8(0xD4))
        case 2: buffer.writeInteger(UInt8(0xD5))
        case 4: buffer.writeInteger(UInt8(0xD6))
        case 8: buffer.writeInteger(UInt8(0xD7))
        case 16: buffer.writeInteger(UInt8(0xD8))
        case let size: writeSize(size, small: 0xC7, 0xC8, 0xC9, to: &buffer)
        }
        buffer.writeInteger(type)
        buffer.writeImmutableBuffer(bytes)
    }

    /// The head of something counted in bytes. A `ByteBuffer` holds less than four gigabytes.
    private static func writeSize(
        _ size: Int, small: UInt8, _ medium: UInt8, _ large: UInt8, to buffer: inout ByteBuffer
    ) {
        switch size {
        case ...Int(UInt8.max): buffer.writeMultipleIntegers(small, UInt8(size))
        case ...Int(UInt16.max): buffer.writeMultipleIntegers(medium, UInt16(size))
        default: buffer.writeMultipleIntegers(large, UInt32(size))
        }
    }

    /// The head of something counted in values.
    private static func writeCount(
        _ count: Int, fixed: UInt8, _ medium: UInt8, _ large: UInt8, to buffer: inout ByteBuffer
    ) {
        switch count {
        case 0..<16: buffer.writeInteger(fixed | UInt8(count))
        case ...Int(UInt16.max): buffer.writeMultipleIntegers(medium, UInt16(count))
        default: buffer.writeMultipleIntegers(large, UInt32(count))
        }
    }
}
