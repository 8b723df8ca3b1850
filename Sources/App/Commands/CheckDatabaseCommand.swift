import ArgumentParser
import Domain
import Foundation
import Storage

/// Looks through the whole database and says what is wrong with it, and what to do; the program may be running.
struct CheckDatabaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-database", abstract: "Check the database for damage, and print what to do about it.",
        discussion: """
            Reads every page and row (SQLite's integrity_check and foreign_key_check, and Turnstone's own rules) and \
            changes nothing. The server may be running.

            Exit status: 0 nothing is wrong, 1 something is, 64 invalid command line.
            """)

    @Option(help: "The database's path; DATABASE_PATH if it is not given.")
    var path: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let place = try path ?? Start.configuration().databasePath
        let check = DatabaseCheck(of: place)
        if json {
            FileHandle.standardOutput.write(Data(Self.json(check) + [UInt8(ascii: "\n")]))
        } else {
            print(Self.text(check))
        }
        guard check.isWell else { throw ExitCode(1) }
    }

    static func text(_ check: DatabaseCheck) -> String {
        var lines = check.findings.map { "\($0.kind.rawValue): \($0.text)" }
        if check.isOfOldVersion {
            lines.append(
                "It is from an older version: only its pages were checked. Start Turnstone once, then check again.")
        }
        let watches = check.watches.map { ", \($0) watches and \(check.texts) kept texts" } ?? ""
        guard !check.isWell else { return (lines + ["\(check.path) is well\(watches)."]).joined(separator: "\n") }
        lines.insert("\(check.path) has problems\(watches):", at: 0)
        let advice = DatabaseCheck.Kind.allCases.filter { kind in check.findings.contains { $0.kind == kind } }
            .map { "\n" + $0.advice(check.path) }
        return (lines + advice).joined(separator: "\n")
    }

    static func json(_ check: DatabaseCheck) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in
            json.field("path", check.path)
            json.field("well", check.isWell)
            if let watches = check.watches { json.field("watches", watches) }
            json.field("texts", check.texts)
            json.field("of_old_version", check.isOfOldVersion)
            json.key("findings")
            json.array { json in
                for finding in check.findings {
                    json.object { json in
                        json.field("kind", finding.kind.rawValue)
                        json.field("text", finding.text)
                        json.field("advice", finding.kind.advice(check.path))
                    }
                }
            }
        }
        return json.bytes
    }
}

extension DatabaseCheck.Kind {
    /// What a person does about it.
    fileprivate func advice(_ path: String) -> String {
        switch self {
        case .missing: "Check DATABASE_PATH and that its volume is mounted, or restore a backup to \(path)."
        case .foreign: "Check DATABASE_PATH; if this was Turnstone's database, restore a backup."
        case .unreadable: "Check the file's permissions and the disk, then run this again."
        case .damaged:
            """
            Pages of the file are damaged. Stop Turnstone and copy \(path) and \(path)-wal, if there is one, to a safe \
            place. Then restore a backup; without one, save what can be read:
              (sqlite3 \(path) .dump | sed 's/^ROLLBACK; -- due to errors/COMMIT;/'; \
            echo 'PRAGMA application_id = 1416983150;') | sqlite3 \(path).new
              turnstone check-database --path \(path).new
            (.recover finds more than .dump, where sqlite3 was built with it.) If that is well, move \(path).new to \(path), delete \(path)-wal and \(path)-shm, and start Turnstone. \
            Check the disk too: SQLite does not damage files by itself.
            """
        case .references, .counts:
            """
            Turnstone goes on working, but numbers or lists may be wrong. Make a copy of \(path) and report this; a backup \
            from before it happened is without it.
            """
        case .history:
            """
            Those versions cannot be shown or compared any more; new ones are kept. Restore a backup, or clear the history \
            of the watches concerned.
            """
        }
    }
}
