import Domain
import Foundation
import Testing

@Suite("Trust in servers")
struct ServerTrustTests {
    /// Self-signed, of an elliptic curve, made for this test; its dates do not matter here.
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBfDCCASOgAwIBAgIUdBO/tpnfmA4TBVuT3eeDBKZ/3JAwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJT3VyIGhvdXNlMB4XDTI2MTEzMDIwNDYzNloXDTM2MTEyNzIw
        NDYzNlowFDESMBAGA1UEAwwJT3VyIGhvdXNlMFkwEwYHKoZIzj0CAQYIKoZIzj0D
        AQcDQgAEnCIqnIyqINn3A76uIJiL2mAzuQjRfGTJIuCokZk29Fl0FhGBsegB6ia9
        BgiCEcZqT8nt7Ndv0+nfeNhe4N2hdKNTMFEwHQYDVR0OBBYEFArhHX/ouBfyZ+8z
        QCD7IoCc74/JMB8GA1UdIwQYMBaAFArhHX/ouBfyZ+8zQCD7IoCc74/JMA8GA1Ud
        EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgbcsCm7VX4co8nSDiVbX9jL0M
        257mBXPdgpS6b/Flt8sCIB6iD4ohL3fMZs+sG0LLt8kBn+V4xzWNfYeGTSPUJDsa
        -----END CERTIFICATE-----
        """

    @Test("PEM is kept without what stands around it, however many certificates there are")
    func pem() throws {
        let authority = try CertificateAuthority("Subject: me\r\n" + Self.certificate.replacing("\n", with: "\r\n"))
        #expect(authority.pem == Self.certificate + "\n")
        #expect(authority.description == "one certificate")
        let two = try CertificateAuthority(Self.certificate + "\n\nanother:\n" + Self.certificate)
        #expect(two.pem == Self.certificate + "\n" + Self.certificate + "\n")
        #expect(two.count == 2)
        #expect(try CertificateAuthority(two.pem) == two)
    }

    @Test("what is no certificate is refused, and the error says what would be right")
    func refused() {
        func problem(_ text: String) -> String {
            do throws(FieldError) {
                _ = try CertificateAuthority(text)
                return ""
            } catch {
                #expect(error.field == "tls")
                return error.message
            }
        }
        let begin = "-----BEGIN CERTIFICATE-----\n"
        let end = "\n-----END CERTIFICATE-----\n"
        for text in ["", "hello", "-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----"] {
            #expect(problem(text).hasPrefix("Must be a certificate in PEM format"))
        }
        let key = "-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n"
        #expect(problem(Self.certificate + "\n" + key).hasPrefix("Contains a private key"))
        for body in ["", "AA==", "not base64!", "MAA=", "MIIBAA=="] {
            #expect(problem(begin + body + end).hasPrefix("Certificate 1 cannot be read"))
        }
        #expect(problem(Self.certificate + "\n" + begin).hasPrefix("Certificate 2 cannot be read"))
        #expect(problem(String(repeating: "a", count: 65_537)) == "Must not be larger than 64 kB")
    }

    @Test("a certificate that was cut or changed in its outline is none")
    func cut() throws {
        let lines = Self.certificate.split(separator: "\n").dropFirst().dropLast()
        let whole = [UInt8](try #require(Data(base64Encoded: lines.joined())))
        func isTaken(_ bytes: [UInt8]) -> Bool {
            let text = Data(bytes).base64EncodedString()
            let pem = "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----"
            return (try? CertificateAuthority(pem)) != nil
        }
        #expect(isTaken(whole))
        #expect(!isTaken(whole + [0]))
        for length in 0..<whole.count { #expect(!isTaken(Array(whole[..<length]))) }
        // The outline's own bytes: the tags and lengths of the whole, of its first part and of the version.
        for index in [0, 1, 2, 3, 4, 5, 6, 7] {
            for value: UInt8 in [0x00, 0x80, 0x84, 0xFF] {
                var changed = whole
                changed[index] = value
                #expect(!isTaken(changed), "\(index) \(value)")
            }
        }
    }

    @Test("each trust is one text, in storage and for people")
    func texts() throws {
        let authority = ServerTrust.authority(try CertificateAuthority(Self.certificate))
        for (trust, text) in [
            (ServerTrust.system, "system"), (.selfSigned, "self-signed"), (authority, authority.text),
        ] {
            #expect(trust.text == text)
            #expect(try ServerTrust(text) == trust)
            #expect(try JSONDecoder().decode([ServerTrust].self, from: JSONEncoder().encode([trust])) == [trust])
        }
        #expect(try ServerTrust("") == .system)
        #expect(throws: FieldError.self) { try ServerTrust("any") }
        #expect(throws: FieldError.self) { try JSONDecoder().decode([ServerTrust].self, from: Data(#"["x"]"#.utf8)) }
    }
}
