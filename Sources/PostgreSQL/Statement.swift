/// Something to ask, with its values. The text is prepared once a connection, when it is first
/// used; so texts are few and constant, and values never stand in them.
package struct Statement: Sendable {
    package enum Value: Equatable, Sendable {
        case number(Int64)
        case bytes([UInt8])
        case text(String)
        case truth(Bool)
        /// `bytea[]`
        case manyBytes([[UInt8]])
        /// `bigint[]`
        case numbers([Int64])
    }

    package let text: StaticString
    package let values: [Value]

    package init(_ text: StaticString, _ values: [Value] = []) {
        (self.text, self.values) = (text, values)
    }

    package static let begin = Statement("begin")
    package static let commit = Statement("commit")
    static let rollback = Statement("rollback")
}

extension Statement.Value {
    /// As the protocol has it in binary.
    var encoded: [UInt8] {
        switch self {
        case .number(let number): Self.bytes(of: number)
        case .bytes(let bytes): bytes
        case .text(let text): Array(text.utf8)
        case .truth(let truth): [truth ? 1 : 0]
        case .manyBytes(let items): Self.array(items, of: 17)
        case .numbers(let items): Self.array(items.map(Self.bytes), of: 20)
        }
    }

    /// One dimension from 1 on, no nulls; then each with its length (`array_recv`).
    private static func array(_ items: [[UInt8]], of type: Int32) -> [UInt8] {
        let head: [Int32] = items.isEmpty ? [0, 0, type] : [1, 0, type, Int32(items.count), 1]
        var encoded = head.flatMap(bytes)
        encoded.reserveCapacity(20 + items.reduce(0) { $0 + 4 + $1.count })
        for item in items { encoded += bytes(of: Int32(item.count)) + item }
        return encoded
    }

    private static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
        let width = number.bitWidth / 8
        return (0..<width).map { UInt8(truncatingIfNeeded: number >> (8 * (width - 1 - $0))) }
    }
}
