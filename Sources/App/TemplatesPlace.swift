import Foundation

/// Where the templates and assets of the pages are: where `TEMPLATES_PATH` says, else beside the program, so that it
/// starts from any working directory.
struct TemplatesPlace: Sendable, Equatable {
    /// No place has them; stops the start.
    struct NotFound: Error, CustomStringConvertible {
        let places: [String]

        var description: String {
            "Turnstone cannot find its page templates. It looked in \(places.joined(separator: ", ")). "
                + "Put the folder \"templates\" that ships with it into one of these places, "
                + "or set TEMPLATES_PATH to its path."
        }
    }

    /// Where they may be, the best first.
    let places: [String]
    /// Where they are; nil when no place has them.
    let found: String?

    /// Where a person says that they are; nothing else is looked at then.
    init(said folder: String) {
        places = [folder]
        found = folder
    }

    /// The first of the places that fit where the program and the person are.
    init(program: String?, workingDirectory: String) {
        places = Self.places(program: program, workingDirectory: workingDirectory)
        found = places.first(where: Self.hasTemplates)
    }

    /// The folder to read; throws when there is none.
    func folder() throws(NotFound) -> String {
        guard let found else { throw NotFound(places: places) }
        return found
    }

    /// This program's file, links followed; nil where the system does not say.
    static var thisProgram: String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }

    /// The places that fit a program at this path: installed (`PREFIX/bin` or `PREFIX/lib/turnstone`), built in a
    /// checkout (`.build/…`), or else put into a folder together; last the working directory's own folder.
    static func places(program: String?, workingDirectory: String) -> [String] {
        var places: [String] = []
        let folders = program?.split(separator: "/").dropLast() ?? []
        if folders.last == "bin" {
            places.append(path(folders.dropLast(), "share/turnstone/templates"))
        }
        if folders.suffix(2) == ["lib", "turnstone"] {
            places.append(path(folders.dropLast(2), "share/turnstone/templates"))
        }
        if let build = folders.lastIndex(where: { $0.hasPrefix(".build") }) {
            places.append(path(folders[..<build], "templates"))
        }
        if !folders.isEmpty, places.isEmpty { places.append(path(folders[...], "templates")) }
        let here = path(workingDirectory.split(separator: "/")[...], "templates")
        return places.contains(here) ? places : places + [here]
    }

    private static func path(_ folders: ArraySlice<Substring>, _ end: String) -> String {
        folders.map { "/" + $0 }.joined() + "/" + end
    }

    /// Any folder may be called "templates"; ours has these two in it.
    private static func hasTemplates(_ folder: String) -> Bool {
        ["pages", "assets"].allSatisfy { FileManager.default.fileExists(atPath: "\(folder)/\($0)/") }
    }
}
