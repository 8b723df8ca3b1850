import Foundation
import Testing

@testable import WebCore

@Suite struct TemplatesTests {
    @Test("a missing template, a missing partial and a malformed template stop the start by name")
    func badTemplates() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "templates-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(throws: Templates.Failure.unreadable(folder: folder.path())) {
            try Templates(folder: folder.path(), required: [])
        }

        let file = folder.appending(path: "a.mustache")
        try "{{>b}}".write(to: file, atomically: true, encoding: .utf8)
        #expect(throws: Templates.Failure.missing(name: "b", namedIn: "a")) {
            try Templates(folder: folder.path(), required: [])
        }
        #expect(throws: Templates.Failure.missing(name: "pages/x", namedIn: "the program")) {
            try Templates(folder: folder.path(), required: ["pages/x"])
        }
        try "fine\n{{#open}}\nnever closed".write(to: file, atomically: true, encoding: .utf8)
        #expect { try Templates(folder: folder.path(), required: []) } throws: { error in
            guard case .malformed(name: "a", _, _) = error as? Templates.Failure else { return false }
            return true
        }
    }
}
