import LinuxIO
import TestSupport
import Testing

@testable import PostgreSQL

@Suite(.enabled(if: DatabaseEngine.shared != nil, "no PostgreSQL runs"))
struct ConnectionTests {
    private func connect() throws -> Connection {
        let engine = try #require(DatabaseEngine.shared)
        let servers = try #require(try Server.all(of: engine.place()))
        return try Connection(servers[0], until: Deadline(milliseconds: 60_000))
    }

    private let milliseconds = 60_000

    @Test func valuesComeBackAsTheyWere() throws {
        let connection = try connect()
        let numbers: [Int64] = [.min, -1, 0, 1, .max]
        let blobs: [[UInt8]] = [[], [0], [0, 255, 0], Array(repeating: 7, count: 100_000)]
        let rows = try connection.run(
            [
                Statement(
                    "select n, b from unnest($1::bigint[], $2::bytea[]) as k (n, b)",
                    [.numbers(Array(numbers.prefix(4))), .manyBytes(blobs)]),
                Statement(
                    "select $1::bigint, $2::bytea, $3::text, $4::boolean, null",
                    [.number(.max), .bytes([]), .text("é'\\"), .truth(true)]),
                Statement("select cardinality($1::bytea[])::bigint", [.manyBytes([])]),
            ], milliseconds: milliseconds)
        for row in 0..<4 {
            #expect(rows[0].number(row, 0) == numbers[row])
            #expect(rows[0].bytes(row, 1) == blobs[row])
        }
        #expect(rows[1].number(0, 0) == .max && rows[1].bytes(0, 1) == [])
        #expect(rows[1].text(0, 2) == "é'\\" && rows[1].isTrue(0, 3))
        #expect(rows[1].bytes(0, 4) == nil)
        #expect(rows[2].number(0, 0) == 0)
    }

    /// What is refused undoes what it was sent with, and the connection goes on.
    @Test func aRefusalUndoesItsTransaction() throws {
        let connection = try connect()
        _ = try connection.run(
            [Statement("create temporary table seen (n bigint primary key)")],
            milliseconds: milliseconds)
        let insert = Statement("insert into seen values ($1::bigint)", [.number(1)])
        #expect(throws: DatabaseError.self) {
            try connection.run(
                [.begin, insert, insert, Statement("select 'never prepared'"), .commit],
                milliseconds: milliseconds)
        }
        #expect(connection.isUsable)
        for _ in 0..<2 {
            let rows = try connection.run(
                [Statement("select count(*) from seen"), Statement("select 'never prepared'")],
                milliseconds: milliseconds)
            #expect(rows[0].number(0, 0) == 0 && rows[1].text(0, 0) == "never prepared")
        }
    }

    @Test func aServerThatIsSilentIsGivenUp() throws {
        let connection = try connect()
        #expect(throws: DatabaseError.timedOut) {
            try connection.run([Statement("select pg_sleep(600)")], milliseconds: 50)
        }
        #expect(!connection.isUsable)
        #expect(throws: DatabaseError.self) {
            try connection.run([Statement("select 1")], milliseconds: milliseconds)
        }
    }

    @Test func aConnectionThatWasEndedIsMadeAnew() throws {
        let engine = try #require(DatabaseEngine.shared)
        var place = Line.Place(try engine.place())
        (place.connectMilliseconds, place.answerMilliseconds) = (milliseconds, milliseconds)
        let line = Line(place, greeting: [Statement("set application_name = 'mine'")])
        let name = Statement("select current_setting('application_name')")
        let number = Statement("select pg_backend_pid()")
        let first = try line.ask(number).number(0, 0)
        let other = Line(place)
        try other.run([
            Statement("select pg_terminate_backend($1::bigint::int)", [.number(first ?? 0)])
        ])
        #expect(try line.ask(name).text(0, 0) == "mine")
        #expect(try line.ask(number).number(0, 0) != first)
    }

    /// A host that was cut off takes what is sent to it, and nothing comes back.
    @Test func behindASilentServerTheNextIsAsked() throws {
        let engine = try #require(DatabaseEngine.shared)
        let address = try #require(SocketAddress("127.0.0.1:0"))
        let silent = try Socket.listen(on: address, backlog: 8, as: .first)
        let port = try Socket.localAddress(silent.rawValue).port
        var place = Line.Place(
            try engine.place().replacing("host=", with: "host=127.0.0.1,")
                .replacing("port=", with: "port=\(port),"))
        place.answerMilliseconds = milliseconds
        let line = Line(place)
        let question = Statement("select 1::bigint")
        #expect(throws: DatabaseError.timedOut) { try line.ask(question) }
        #expect(eventually { (try? line.ask(question).number(0, 0)) == 1 })
        _ = consume silent
    }

    @Test func aStandbyIsNobodyToAsk() throws {
        let scratch = try Scratch()
        let engine = try DatabaseEngine.start(in: scratch.path("cluster"))
        defer { try? engine.stop() }
        try engine.startStandby()
        var place = Line.Place(try engine.place(of: "standby.place"))
        (place.connectMilliseconds, place.answerMilliseconds) = (milliseconds, milliseconds)
        #expect(throws: DatabaseError.away("a standby")) {
            try Line(place).run([Statement("select 1")])
        }
    }

    @Test func whoCanNotBeReachedIsAway() throws {
        let line = Line(Line.Place("host=127.0.0.1 port=1 user=nobody password=secret"))
        for _ in 0..<2 {
            let error = #expect(throws: DatabaseError.self) {
                try line.run([Statement("select 1")])
            }
            guard case .away(let reason)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(!reason.contains("secret"))
        }
    }
}
