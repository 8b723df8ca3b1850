import Domain
import Foundation
import GRDB
import GRDBSQLite

/// One prepared statement from binding to its last row; resets itself when it goes out of scope.
///
/// Goes past GRDB's argument and row types because a check costs four statements and a page of the list a thousand
/// small rows, for each of which those types allocate. The statement stays in GRDB's cache of its connection, so one
/// text must not be in use twice at the same time.
struct Query: ~Copyable {
    private let statement: Statement
    private let handle: OpaquePointer
    private let db: Database

    fileprivate init(preparing sql: String, on db: Database) throws {
        self.init(try db.cachedStatement(sql: sql), on: db)
    }

    fileprivate init(_ statement: Statement, on db: Database) {
        self.statement = statement
        handle = statement.sqliteStatement
        self.db = db
    }

    deinit {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    fileprivate borrowing func bind(_ index: Int32, _ value: some Bindable) throws {
        let code = value.bind(to: handle, at: index)
        if code != SQLITE_OK { throw failure(code) }
    }

    fileprivate borrowing func bind<each Value: Bindable>(_ values: repeat each Value) throws {
        var index: Int32 = 0
        for value in repeat each values {
            index += 1
            try bind(index, value)
        }
    }

    private borrowing func failure(_ code: Int32) -> DatabaseError {
        DatabaseError(resultCode: ResultCode(rawValue: code), message: db.lastErrorMessage)
    }

    /// Moves to the next row; false after the last.
    borrowing func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw failure(code)
        }
    }

    /// Runs a statement whose rows nobody needs.
    borrowing func run() throws {
        while try step() {}
    }

    borrowing func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    borrowing func int(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    borrowing func optionalInt(_ column: Int32) -> Int64? { isNull(column) ? nil : int(column) }

    borrowing func optionalReal(_ column: Int32) -> Double? {
        isNull(column) ? nil : sqlite3_column_double(handle, column)
    }

    /// A count, which fits; what does not is cut.
    borrowing func count(_ column: Int32) -> Int { Int(clamping: int(column)) }

    borrowing func flag(_ column: Int32) -> Bool { int(column) != 0 }

    borrowing func optionalText(_ column: Int32) -> String? {
        guard let start = sqlite3_column_text(handle, column) else { return nil }
        let length = Int(sqlite3_column_bytes(handle, column))
        // Safety: SQLite keeps the text until the next step, `sqlite3_column_bytes` is its length, and it is copied.
        return String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
    }

    borrowing func text(_ column: Int32) -> String { optionalText(column) ?? "" }

    borrowing func bytes(_ column: Int32) -> [UInt8] { withBytes(column) { [UInt8]($0) } }

    borrowing func checksum(_ column: Int32) -> Checksum? { isNull(column) ? nil : Checksum(bytes: bytes(column)) }

    /// Lends the column's bytes where SQLite keeps them, for the length of the call.
    borrowing func withBytes<Result>(_ column: Int32, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows
        -> Result
    {
        // Safety: the pointer is good until the next step or reset, neither of which can happen inside a borrowing
        // call.
        let start = sqlite3_column_blob(handle, column)
        return try body(
            UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(handle, column))))
    }

    /// The identifier in a column of 16 bytes; the zero one for anything else, which the schema does not let in.
    borrowing func uuid(_ column: Int32) -> UUID {
        var value: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withBytes(column) { bytes in
            // Safety: copies exactly the 16 bytes that `uuid_t` has.
            if bytes.count == 16 { withUnsafeMutableBytes(of: &value) { $0.copyMemory(from: bytes) } }
        }
        return UUID(uuid: value)
    }

    borrowing func date(_ column: Int32) -> Date { Date(milliseconds: int(column)) }

    borrowing func optionalDate(_ column: Int32) -> Date? { isNull(column) ? nil : date(column) }

    borrowing func duration(_ column: Int32) -> Duration { .microseconds(int(column)) }

    /// The failure whose code and detail stand in two columns; a code that this version does not know is an internal
    /// one.
    borrowing func failure(_ column: Int32) -> CheckFailure? {
        guard let code = optionalText(column) else { return nil }
        return CheckFailure(CheckFailure.Code(rawValue: code) ?? .internalError, optionalText(column + 1))
    }
}

extension Database {
    /// The statement for `sql` with `values` bound from its first parameter on.
    func query<each Value: Bindable>(_ sql: String, _ values: repeat each Value) throws -> Query {
        let query = try Query(preparing: sql, on: self)
        try query.bind(repeat each values)
        return query
    }

    /// As the other one, for statements that are put together.
    func query(_ sql: String, all values: [any Bindable]) throws -> Query {
        let query = try Query(preparing: sql, on: self)
        for (index, value) in values.enumerated() { try query.bind(Int32(index + 1), value) }
        return query
    }

    /// Runs one statement for its effect.
    func run<each Value: Bindable>(_ sql: String, _ values: repeat each Value) throws {
        try query(sql, repeat each values).run()
    }

    /// The first column of the first row as a number; nil without a row.
    func number<each Value: Bindable>(_ sql: String, _ values: repeat each Value) throws -> Int64? {
        let query = try query(sql, repeat each values)
        return try query.step() ? query.optionalInt(0) : nil
    }
}

/// The statements of a transaction that runs the same few for every row, each found by where its text stands in the
/// program: to find it by the text itself costs as much as many a row.
final class PreparedStatements {
    private let db: Database
    /// By the address of the literal.
    private var known: [(text: Int, statement: Statement)] = []

    init(on db: Database) {
        self.db = db
    }

    func query<each Value: Bindable>(_ sql: StaticString, _ values: repeat each Value) throws -> Query {
        let query = Query(try statement(sql), on: db)
        try query.bind(repeat each values)
        return query
    }

    func run<each Value: Bindable>(_ sql: StaticString, _ values: repeat each Value) throws {
        try query(sql, repeat each values).run()
    }

    private func statement(_ sql: StaticString) throws -> Statement {
        // Safety: the address of a literal, which lasts as long as the program; it is compared and not followed.
        let text = Int(bitPattern: sql.utf8Start)
        if let place = known.firstIndex(where: { $0.text == text }) { return known[place].statement }
        let statement = try db.cachedStatement(sql: sql.description)
        known.append((text, statement))
        return statement
    }
}
