import EngineIO
import Foundation
import NIOCore

/// Writes values as JSON the way JavaScript's `JSON.stringify` does, bytes as placeholders for attachments.
struct EventJSONWriter {
    private(set) var text = ByteBuffer()
    private(set) var attachments: [ByteBuffer] = []

    mutating func write(_ value: MessagePackValue) {
        switch value {
        case .null, .undefined, .other: text.writeStaticString("null")
        case .bool(let truth): text.writeStaticString(truth ? "true" : "false")
        case .int(let number): text.writeString(String(number))
        case .uint(let number): text.writeString(String(number))
        case .double(let number): write(number)
        case .string(let string): text.writeString(JSONText.quoted(string))
        case .date(let milliseconds): text.writeString(Self.date(milliseconds).map { JSONText.quoted($0) } ?? "null")
        case .binary(let bytes):
            text.writeString(#"{"_placeholder":true,"num":\#(attachments.count)}"#)
            attachments.append(bytes)
        case .array(let list): write(list)
        case .map(let members): write(members)
        }
    }

    private mutating func write(_ list: [MessagePackValue]) {
        text.writeStaticString("[")
        for (index, value) in list.enumerated() {
            if index > 0 { text.writeStaticString(",") }
            write(value)
        }
        text.writeStaticString("]")
    }

    private mutating func write(_ members: [MessagePackValue.Member]) {
        text.writeStaticString("{")
        var isFirst = true
        for member in members where member.value != .undefined {
            if !isFirst { text.writeStaticString(",") }
            isFirst = false
            text.writeString(JSONText.quoted(member.key) + ":")
            write(member.value)
        }
        text.writeStaticString("}")
    }

    private mutating func write(_ number: Double) {
        if !number.isFinite {
            text.writeStaticString("null")
        } else if let whole = Int64(exactly: number), abs(whole) < 1 << 53 {
            text.writeString(String(whole))
        } else {
            text.writeString("\(number)")
        }
    }

    /// The form of `Date.prototype.toISOString`; nil beyond the times that JavaScript has (ECMA-262, 21.4.1.1).
    private static func date(_ milliseconds: Int64) -> String? {
        guard milliseconds.magnitude <= 8_640_000_000_000_000 else { return nil }
        // The formatter cuts off; a part of a millisecond keeps it from cutting one away.
        let date = Date(timeIntervalSince1970: (Double(milliseconds) + 0.25) / 1000)
        return date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
