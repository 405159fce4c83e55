import JSON
import Testing
import Text

@Suite struct JSONAccessTests {
    private let value = try? JSONValue(
        Array(#"{"b":[1.50,"x\u009b",null],"a":{"n":12,"s":"é\n"},"t":true}"#.utf8))

    @Test func membersAreFoundByName() {
        #expect(value?["a"]?["n"]?.integer == 12)
        #expect(value?["a"]?["s"]?.string == "é\n")
        #expect(value?["b"]?.elements?.count == 3)
        #expect(value?["c"] == nil && value?["t"]?["x"] == nil && value?["t"]?.integer == nil)
    }

    @Test func aValueIsWrittenInTheOrderOfItsNames() {
        #expect(
            value?.shown
                == #"{"a":{"n":12,"s":"é\u000a"},"b":[1.50,"x\u009b",null],"t":true}"#)
        #expect(value?["a"]?["s"]?.shown == "é\n")
    }
}
