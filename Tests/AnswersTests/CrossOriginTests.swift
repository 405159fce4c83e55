import Answers
import HTTP
import Testing

@Suite struct CrossOriginTests {
    private static func lines(
        _ crossOrigin: CrossOrigin, origin: String?
    ) -> (delivery: String, index: String) {
        let head = origin.map { Head("GET", "Origin: \($0)") } ?? Head()
        let fields = FieldSets(crossOrigin, takesClientHints: false)
            .fields(for: head.head, in: head.bytes.span)
        return (fields.readable.text, fields.indexReadable.text)
    }

    @Test func everyPageShowsPicturesAndNoneReadsTheIndex() {
        let (delivery, index) = Self.lines(CrossOrigin(), origin: "https://a.example")
        #expect(delivery.contains("Access-Control-Allow-Origin: *\r\n"))
        #expect(!delivery.contains("Vary"))
        #expect(index == "")
    }

    @Test(arguments: ["https://a.example", "https://b.example"])
    func eachListedOriginIsAnsweredInItsName(origin: String) {
        let listed = CrossOrigin(
            origins: ["https://a.example", "https://b.example"], allowsCredentials: true)
        let (delivery, index) = Self.lines(listed, origin: origin)
        #expect(delivery.contains("Access-Control-Allow-Origin: \(origin)\r\n"))
        #expect(delivery.contains("Access-Control-Allow-Credentials: true\r\n"))
        #expect(delivery.contains("Vary: Origin\r\n"))
        #expect(index == delivery)
    }

    @Test(arguments: [nil, "https://c.example", "https://a.example.evil"])
    func whoIsNotListedReadsNothing(origin: String?) {
        let listed = CrossOrigin(origins: ["https://a.example", "https://b.example"])
        let (delivery, index) = Self.lines(listed, origin: origin)
        #expect(delivery == "Vary: Origin\r\n")
        #expect(index == delivery)
    }
}
