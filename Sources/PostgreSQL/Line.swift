internal import LinuxIO
internal import Synchronization

/// A connection for whoever asks, one after the other, that is made anew when it was lost.
///
/// Who asks waits for who asked before, and no longer than for both their deadlines. Where nobody
/// can be reached all are told so at once for a quarter of a second, then one tries again.
package final class Line: Sendable {
    /// How a connection begins, and how long is waited for what.
    package struct Place: Sendable {
        /// libpq's connection string.
        package var information: String
        package var connectMilliseconds = 2000
        package var answerMilliseconds = 2000

        package init(_ information: String) { self.information = information }
    }

    private static let pauseNanoseconds: UInt64 = 250_000_000

    private struct State {
        var connection: Connection?
        var failure: (error: DatabaseError, at: UInt64)?
        /// Which one is tried first: the one that answered last.
        var server = 0
    }

    private let place: Place
    private let servers: [Server]?
    private let greeting: [Statement]
    private let state = Mutex(State())

    /// - Parameter greeting: run on each connection first.
    package init(_ place: Place, greeting: [Statement] = []) {
        (self.place, self.greeting) = (place, greeting)
        servers = Server.all(of: place.information)
    }

    /// See `Connection.run`.
    @discardableResult
    package func run(_ statements: [Statement]) throws(DatabaseError) -> [Rows] {
        try withConnection { (connection) throws(DatabaseError) in
            try connection.run(statements, milliseconds: place.answerMilliseconds)
        }
    }

    /// The rows of something that changes nothing. Where the connection turns out to have been lost
    /// meanwhile, as when the database was started again, it is asked on another one.
    package func ask(_ statement: Statement) throws(DatabaseError) -> Rows {
        let isFresh = state.withLock { $0.connection == nil }
        var answers: [Rows]
        do throws(DatabaseError) { answers = try run([statement]) } catch {
            guard !isFresh, case .away = error else { throw error }
            state.withLock { $0.failure = nil }
            answers = try run([statement])
        }
        guard let rows = answers.popLast() else { throw .away("no answer") }
        return rows
    }

    /// For what is more than one way there and back. The lock is the point of it: a connection is
    /// one thread's at a time.
    package func withConnection<R: Sendable>(
        _ body: (Connection) throws(DatabaseError) -> R
    ) throws(DatabaseError) -> R {
        try state.withLock { (state) throws(DatabaseError) -> R in
            let now = Clock.monotonicNanoseconds()
            if let failure = state.failure, now < failure.at + Self.pauseNanoseconds {
                throw failure.error
            }
            do throws(DatabaseError) {
                if state.connection == nil { state.connection = try open(&state.server) }
                guard let connection = state.connection else { throw .away("no connection") }
                let result = try body(connection)
                state.failure = nil
                if !connection.isUsable { state.connection = nil }
                return result
            } catch {
                if state.connection?.isUsable != true {
                    state.connection = nil
                    state.failure = (error, Clock.monotonicNanoseconds())
                }
                throw error
            }
        }
    }

    /// All servers share one deadline. Where a silent one has taken all of it, whoever asks next
    /// begins at the one behind it.
    private func open(_ place: inout Int) throws(DatabaseError) -> Connection {
        guard let servers else {
            throw .refused(state: "22023", "it is no connection string as libpq takes it")
        }
        let deadline = Deadline(milliseconds: self.place.connectMilliseconds)
        var failure = DatabaseError.timedOut
        for _ in servers where deadline.millisecondsLeft > 0 {
            do throws(DatabaseError) {
                let connection = try Connection(servers[place], until: deadline)
                _ = try connection.run(greeting, milliseconds: self.place.answerMilliseconds)
                return connection
            } catch {
                // A server that refuses how connections begin is none for us.
                failure = if case .refused = error { .away("\(error)") } else { error }
            }
            place = (place + 1) % servers.count
        }
        throw failure
    }

    /// Whoever asks next makes a new one.
    package func close() { state.withLock { ($0.connection, $0.failure) = (nil, nil) } }
}
