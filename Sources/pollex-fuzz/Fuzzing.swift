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
/// Replays the files it is given, each one input.
@main struct Replay {
    static func main() {
        for path in CommandLine.arguments.dropFirst() { parser.check(contents(of: path)) }
    }

    private static func contents(of path: String) -> [UInt8] {
        guard let file = unsafe fopen(path, "r") else { preconditionFailure("no file \(path)") }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        while true {
            let byte = unsafe getc(file)
            guard byte != EOF else { return bytes }
            bytes.append(UInt8(truncatingIfNeeded: byte))
        }
    }
}
#endif
