/// Three by three.
struct Matrix {
    let rows: [[Double]]

    func times(_ column: [Double]) -> [Double] {
        rows.map { row in row[0] * column[0] + row[1] * column[1] + row[2] * column[2] }
    }

    /// By cofactors; `nil` where there is none worth the name.
    var inverse: Matrix? {
        func cofactor(_ row: Int, _ column: Int) -> Double {
            let (r1, r2) = ((row + 1) % 3, (row + 2) % 3)
            let (c1, c2) = ((column + 1) % 3, (column + 2) % 3)
            return rows[r1][c1] * rows[r2][c2] - rows[r1][c2] * rows[r2][c1]
        }
        let determinant = (0..<3).reduce(0) { $0 + rows[0][$1] * cofactor(0, $1) }
        guard abs(determinant) > 1e-9 else { return nil }
        return Matrix(rows: (0..<3).map { row in (0..<3).map { cofactor($0, row) / determinant } })
    }
}
