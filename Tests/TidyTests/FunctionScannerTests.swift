import Testing

@Suite struct FunctionScannerTests {
    @Test func findsBodiesOfEveryShape() {
        let source = """
            struct S {
                func one() { work() }
                package static func two(
                    a: Int
                ) -> Int {
                    if a > 0 {
                        return 1
                    }
                    return 0
                }
                init?(x: Int) {
                    return nil
                }
            }
            protocol P {
                func required(
                    a: Int
                ) -> Int
                func another()
            }
            """
        let found = FunctionScanner.functions(in: source.split(separator: "\n").map(String.init))
        #expect(
            found == [
                .init(firstLine: 2, lineCount: 1), .init(firstLine: 3, lineCount: 8),
                .init(firstLine: 11, lineCount: 3),
            ])
    }
}
