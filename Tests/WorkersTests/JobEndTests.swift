import Testing

@testable import Workers

@Suite struct JobEndTests {
    /// Whether a job that was late would be late again goes by what it had of a core.
    @Test(
        arguments: [
            (0, .timedOut), (125, .timedOut), (126, .overran(hadCore: false)),
            (500, .overran(hadCore: false)), (501, .overran(hadCore: true)),
            (2000, .overran(hadCore: true)),
        ] as [(UInt64, JobEnd)])
    func lateIsJudgedByTheProcessor(used: UInt64, expected: JobEnd) {
        #expect(JobEnd.late(used: used, of: 1000) == expected)
    }
}
