import Foundation
import Mustache

/// Every template, read and parsed once at the start.
public struct Templates: Sendable {
    /// Why the templates are not good; stops the start.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case unreadable(folder: String)
        case missing(name: String, namedIn: String)
        case malformed(name: String, line: Int, reason: String)

        public var description: String {
            switch self {
            case .unreadable(let folder): "There are no templates in \(folder)"
            case .missing(let name, let place): "The template \(name).mustache is missing; \(place) needs it"
            case .malformed(let name, let line, let reason):
                "The template \(name).mustache is not good at line \(line): \(reason)"
            }
        }
    }

    private static let suffix = ".mustache"

    private let library: MustacheLibrary
    /// What was parsed, by name (`pages/list`).
    public let sources: [String: String]

    /// Reads every `.mustache` file below `folder`; `required` names those that must be there.
    public init(folder: String, required: [String]) throws(Failure) {
        let sources = try Self.read(folder)
        for name in required where sources[name] == nil {
            throw .missing(name: name, namedIn: "the program")
        }
        self.sources = sources
        self.library = try Self.parse(sources)
    }

    /// The template `name` filled with `fields`. Every name was checked at the start, so an unknown one renders as
    /// nothing.
    public func render(_ name: String, _ fields: Fields) -> String {
        library.render(fields, withTemplate: name) ?? ""
    }

    private static func read(_ folder: String) throws(Failure) -> [String: String] {
        // A folder may be given by a link to it, which an enumerator would not go through.
        let target = URL(filePath: folder).resolvingSymlinksInPath().path
        guard let paths = FileManager.default.enumerator(atPath: target) else { throw .unreadable(folder: folder) }
        var sources: [String: String] = [:]
        for case let path as String in paths where path.hasSuffix(suffix) {
            guard let bytes = FileManager.default.contents(atPath: target + "/" + path) else {
                throw .unreadable(folder: folder + "/" + path)
            }
            sources[String(path.dropLast(suffix.count))] = withoutIndentation(String(decoding: bytes, as: UTF8.self))
        }
        guard !sources.isEmpty else { throw .unreadable(folder: folder) }
        return sources
    }

    /// `source` without the white space that lines begin with: it is for who reads the template, it would be sent with
    /// every row, and Mustache would carry a partial's indentation into `<textarea>`.
    private static func withoutIndentation(_ source: String) -> String {
        source.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.drop(while: { $0 == " " || $0 == "\t" }) }
            .joined(separator: "\n")
    }

    private static func parse(_ sources: [String: String]) throws(Failure) -> MustacheLibrary {
        StrictHTML.registered
        var library = MustacheLibrary()
        for (name, source) in sources.sorted(by: { $0.key < $1.key }) {
            for tag in TemplateTag.all(in: source) where tag.kind == .partial || tag.kind == .parent {
                guard sources[tag.name] != nil else { throw .missing(name: tag.name, namedIn: name) }
            }
            do {
                try library.register("{{% CONTENT_TYPE: \(StrictHTML.name)}}\n" + source, named: name)
            } catch let error as MustacheTemplate.ParserError {
                // The pragma is a line of its own.
                throw .malformed(name: name, line: error.context.lineNumber - 1, reason: "\(error.error)")
            } catch {
                throw .malformed(name: name, line: 1, reason: "\(error)")
            }
        }
        return library
    }
}
