internal import Text

/// Whole numbers with a unit: `8GiB`, `512 MiB`, `50MP`, `16384`.
package enum Quantity: Sendable {
    case count, bytes, pixels

    /// `nil` when it is none, or more than an `Int` holds.
    func parse(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = UTF8String(text.dropFirst(digits.count).withoutOuterBlanks)
        guard let number = Int(digits), let factor = factor(of: suffix) else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    /// The shortest exact spelling.
    func format(_ number: Int) -> String {
        for (unit, factor) in units.reversed() where number >= factor && number % factor == 0 {
            return "\(number / factor)\(unit)"
        }
        return "\(number)"
    }

    private func factor(of suffix: UTF8String) -> Int? {
        if suffix.isEmpty { return 1 }
        if let found = units.first(where: { $0.unit == suffix }) { return found.factor }
        return decimalUnits.first { $0.unit == suffix }?.factor
    }

    private var units: [(unit: UTF8String, factor: Int)] {
        switch self {
        case .count: []
        case .bytes: [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)]
        case .pixels: [("MP", 1_000_000)]
        }
    }

    private var decimalUnits: [(unit: UTF8String, factor: Int)] {
        guard case .bytes = self else { return [] }
        return [
            ("B", 1), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000),
            ("TB", 1_000_000_000_000),
        ]
    }
}
