internal import Glibc

/// Which parser libFuzzer's bytes go to: `POLLEX_FUZZ`, one of `Parser`'s names.
private let parser: Parser = {
    guard let name = unsafe getenv("POLLEX_FUZZ"),
        let parser = unsafe Parser(rawValue: String(cString: name))
    else { preconditionFailure("POLLEX_FUZZ is none of \(Parser.allCases.map(\.rawValue))") }
    return parser
}()

#if FUZZING
/// libFuzzer's entry (built with `--sanitize=fuzzer`, see the Makefile).
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    unsafe parser.check(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
#else
/// Replays one input from standard input.
@main struct Replay {
    static func main() {
        var input: [UInt8] = []
        while true {
            let byte = getchar()
            guard byte != EOF else { break }
            input.append(UInt8(truncatingIfNeeded: byte))
        }
        parser.check(input)
    }
}
#endif
