import Domain
import Foundation
import Testing

@Suite("Random identifiers")
struct RandomUUIDTests {
    @Test("each is of version 4, with the variant of RFC 9562, and no two are the same")
    func form() {
        let all = (0..<1000).map { _ in UUID.random() }
        #expect(Set(all).count == all.count)
        #expect(all.allSatisfy { $0.uuidString.contains(/^.{14}4.{4}[89AB]/) })
        // Every bit that is chance is 0 in some and 1 in others.
        let bits = all.map { withUnsafeBytes(of: $0.uuid) { Array($0) } }
        for index in 0..<16 {
            let (some, every) = bits.reduce((UInt8(0), UInt8(255))) { ($0.0 | $1[index], $0.1 & $1[index]) }
            #expect(some == (index == 6 ? 0x4F : index == 8 ? 0xBF : 0xFF))
            #expect(every == (index == 6 ? 0x40 : index == 8 ? 0x80 : 0x00))
        }
        #expect(Identifier<Int>() != Identifier<Int>())
    }
}
