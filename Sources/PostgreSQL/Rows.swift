/// What a statement gave: rows of columns, as bytes in the protocol's binary form.
package struct Rows: Sendable {
    let rows: [[[UInt8]?]]
    /// How many rows a change touched.
    package let changedCount: Int

    package var count: Int { rows.count }
    package var indices: Range<Int> { rows.indices }

    /// `nil`: null.
    package func bytes(_ row: Int, _ column: Int) -> [UInt8]? { rows[row][column] }

    package func text(_ row: Int, _ column: Int) -> String? {
        rows[row][column].map { String(decoding: $0, as: UTF8.self) }
    }

    /// Of a boolean.
    package func isTrue(_ row: Int, _ column: Int) -> Bool { rows[row][column] == [1] }

    /// Of a bigint, int or smallint.
    package func number(_ row: Int, _ column: Int) -> Int64? {
        guard let bytes = rows[row][column], [2, 4, 8].contains(bytes.count) else { return nil }
        let first = Int64(Int8(bitPattern: bytes[0]))
        return bytes.dropFirst().reduce(first) { $0 << 8 | Int64($1) }
    }
}
