/// Writes Prometheus' text format 0.0.4.
struct ExpositionWriter {
    private(set) var bytes: [UInt8] = []

    /// Label text, without braces, with values escaped.
    static func labels(_ pairs: [(name: String, value: String)]) -> String {
        pairs.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",")
    }

    mutating func begin(_ name: String, _ help: String, type: String) {
        append("# HELP \(name) \(help)\n# TYPE \(name) \(type)\n")
    }

    mutating func sample(_ name: String, value: Double) { append("\(name) \(value)\n") }

    mutating func sample(_ name: String, labels: String, value: some BinaryInteger) {
        append(labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n")
    }

    /// - Parameter cells: the count of each bucket for itself, then the sum in nanoseconds.
    mutating func histogram(_ name: String, labels: String, cells: [UInt64]) {
        let separator = labels.isEmpty ? "" : ","
        var cumulative: UInt64 = 0
        for place in 0..<DurationBuckets.count {
            cumulative += cells[place]
            let bound =
                place < DurationBuckets.labels.count ? DurationBuckets.labels[place] : "+Inf"
            sample(
                "\(name)_bucket", labels: "\(labels)\(separator)le=\"\(bound)\"", value: cumulative)
        }
        let seconds = Double(cells[DurationBuckets.count]) / 1e9
        append(labels.isEmpty ? "\(name)_sum" : "\(name)_sum{\(labels)}")
        append(" \(seconds)\n")
        sample("\(name)_count", labels: labels, value: cumulative)
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private static func escaped(_ value: String) -> String {
        var result = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
