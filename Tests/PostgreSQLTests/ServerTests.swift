import Testing

@testable import PostgreSQL

struct ServerTests {
    @Test(arguments: [
        ("host=a", [["host": "a"]]),
        ("dbname=d", [["dbname": "d"]]),
        (
            "postgresql://u:p%2Cw@a:1,b:2/d",
            [
                ["user": "u", "password": "p,w", "host": "a", "port": "1", "dbname": "d"],
                ["user": "u", "password": "p,w", "host": "b", "port": "2", "dbname": "d"],
            ]
        ),
        (
            "host=a,b port=5 hostaddr=1.1.1.1,::1",
            [
                ["host": "a", "hostaddr": "1.1.1.1", "port": "5"],
                ["host": "b", "hostaddr": "::1", "port": "5"],
            ]
        ),
    ])
    func eachServerHasItsOwn(text: String, expected: [[String: String]]) {
        let found = Server.all(of: text)?.map { server in
            Dictionary(uniqueKeysWithValues: server.parameters.map { ($0.keyword, $0.value) })
        }
        #expect(found == expected)
    }

    /// Among them such as libpq repeats words of, as a password with a space in it.
    @Test(arguments: [
        "password=my secret", "postgresql://u:p%ss@h/db", "host=a,b port=1,2,3",
        "host=a hostaddr=1.1.1.1,1.1.1.2", "hots=a",
    ])
    func whatIsNoneIsToldWithoutItsWords(text: String) {
        let error = #expect(throws: DatabaseError.self) { try Line(.init(text)).run([]) }
        guard case .refused(_, let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason == "it is no connection string as libpq takes it")
    }
}
