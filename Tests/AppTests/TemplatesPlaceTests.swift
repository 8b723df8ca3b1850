import Configuration
import Foundation
import Testing

@testable import App

@Suite("The templates' place")
struct TemplatesPlaceTests {
    @Test(
        "goes by where the program is, and comes to the working directory last",
        arguments: [
            ("/usr/local/bin/turnstone", "/", ["/usr/local/share/turnstone/templates", "/templates"]),
            ("/bin/turnstone", "/srv", ["/share/turnstone/templates", "/srv/templates"]),
            ("/opt/t/lib/turnstone/turnstone", "/srv", ["/opt/t/share/turnstone/templates", "/srv/templates"]),
            ("/src/t/.build/debug/turnstone", "/tmp", ["/src/t/templates", "/tmp/templates"]),
            ("/src/t/.build/x86_64-unknown-linux-gnu/release/turnstone", "/src/t", ["/src/t/templates"]),
            (
                "/a/.build/dist/t/bin/turnstone", "/",
                ["/a/.build/dist/t/share/turnstone/templates", "/a/templates", "/templates"]
            ),
            ("/home/me/turnstone", "/srv/", ["/home/me/templates", "/srv/templates"]),
            (nil, "/srv", ["/srv/templates"]),
        ] as [(String?, String, [String])])
    func places(program: String?, workingDirectory: String, places: [String]) {
        #expect(TemplatesPlace.places(program: program, workingDirectory: workingDirectory) == places)
    }

    @Test("the first that has templates is taken; a folder that is only called so is not")
    func found() throws {
        try Self.withFolder { folder in
            let program = folder.appending(path: "bin/turnstone").path
            let installed = folder.appending(path: "share/turnstone/templates")
            let here = folder.appending(path: "work/templates")
            let search = { TemplatesPlace(program: program, workingDirectory: folder.appending(path: "work").path) }
            try Self.make([installed.appending(path: "letters"), here.appending(path: "letters")])
            #expect(search().found == nil)
            try Self.make([here.appending(path: "pages"), here.appending(path: "assets")])
            #expect(try search().folder() == here.path)
            try Self.make([installed.appending(path: "pages"), installed.appending(path: "assets")])
            #expect(try search().folder() == installed.path)
        }
    }

    @Test("when there are none, all places that were looked at are named, and what to do")
    func notFound() {
        let place = TemplatesPlace(program: "/nowhere/bin/turnstone", workingDirectory: "/nobody")
        let error = #expect(throws: TemplatesPlace.NotFound.self) { try place.folder() }
        for part in ["/nowhere/share/turnstone/templates", "/nobody/templates", "TEMPLATES_PATH"] {
            #expect(error?.description.contains(part) == true)
        }
    }

    @Test("TEMPLATES_PATH decides alone; without it the configuration shows the place that was found")
    func configuration() throws {
        func read(_ environment: [String: String]) throws -> App.Configuration {
            try App.Configuration(from: EnvironmentVariablesProvider(environmentVariables: environment))
        }
        #expect(try read(["TEMPLATES_PATH": "/mine"]).templates.folder() == "/mine")
        let found = try read([:])
        let folder = try found.templates.folder()
        #expect(FileManager.default.fileExists(atPath: folder + "/pages/list.mustache"))
        #expect(ConfigCommand.table(found.lines).contains(#/TEMPLATES_PATH +=/#))
        #expect(ConfigCommand.table(found.lines).contains(" = \(folder)\n"))
    }

    private static func make(_ folders: [URL]) throws {
        for folder in folders {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
    }

    private static func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "place-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }
}
