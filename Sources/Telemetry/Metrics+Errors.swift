/// What an operator wants to be woken for, since the start.
package struct ErrorTotals: Sendable {
    /// Answers with a status of 5xx.
    package var answers: UInt64 = 0
    /// Workers ended by a signal.
    package var crashes: UInt64 = 0
    /// Stored bytes that were not what their name says.
    package var integrity: UInt64 = 0

    package var sum: UInt64 { answers + crashes + integrity }
}

extension Metrics {
    package var errors: ErrorTotals {
        var totals = ErrorTotals()
        for (place, code) in StatusTable.codes.enumerated() where code >= 500 {
            for route in Route.allCases {
                totals.answers += sum(
                    at: Layout.requests + Int(route.rawValue) * StatusTable.count + place)
            }
        }
        for counter in Counter.crashes.map(\.counter) + [.crashOther] {
            totals.crashes += value(of: counter)
        }
        for store: Counter in [.integrityOfOriginals, .integrityOfCache, .integrityOfMasters] {
            totals.integrity += value(of: store)
        }
        return totals
    }
}
