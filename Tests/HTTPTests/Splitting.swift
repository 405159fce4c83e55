@testable import HTTP

/// Compares what is read of some bytes at once with what is read of them as they arrive.
struct Splitting {
    /// Tells where a split changed the outcome; `nil` if nowhere.
    private(set) var disagreement: String?

    init(_ bytes: [UInt8], limits: HeadLimits = HeadLimits()) {
        let whole = Self.describe(RequestHead.parse(bytes.span, limits: limits))
        var resumed = RequestHeadParser(limits: limits)
        for count in 0...bytes.count {
            let prefix = Array(bytes[..<count])
            let outcome = resumed.parse(prefix.span)
            let afresh = Self.describe(RequestHead.parse(prefix.span, limits: limits))
            if Self.describe(outcome) != afresh {
                disagreement = "at \(count): resumed \(Self.describe(outcome)), afresh \(afresh)"
                return
            }
            if case .incomplete = outcome { continue }
            if afresh != whole { disagreement = "at \(count): \(afresh), at once: \(whole)" }
            return
        }
        if whole != "incomplete" { disagreement = "never \(whole)" }
    }

    static func describe(_ outcome: ParseOutcome) -> String {
        switch outcome {
        case .incomplete: "incomplete"
        case .failed(let error): "\(error)"
        case .complete(let head):
            "\(head)"
                + KnownField.allCases.map { field in
                    head[field].map { "\(field)=\($0.range)" } ?? ""
                }.joined(separator: " ")
        }
    }
}
