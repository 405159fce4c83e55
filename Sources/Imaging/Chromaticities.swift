extension DescribedColors.Chromaticities {
    /// Within what 16 bits of a file's own rounding make.
    func isClose(to other: Self) -> Bool {
        zip(red + green + blue + white, other.red + other.green + other.blue + other.white)
            .allSatisfy { abs($0 - $1) < 0.002 }
    }

    /// From light of the primaries, of which white has 1 each, to XYZ; rows. `nil` for what spans
    /// no colours.
    var toXYZ: [[Double]]? {
        let columns = [red, green, blue, white].map { point -> [Double]? in
            guard point.count == 2, point[1] > 0.0001, point.allSatisfy({ $0 < 2 && $0 > -1 })
            else { return nil }
            return [point[0] / point[1], 1, (1 - point[0] - point[1]) / point[1]]
        }
        guard let r = columns[0], let g = columns[1], let b = columns[2], let white = columns[3]
        else { return nil }
        let matrix = Matrix(rows: (0..<3).map { [r[$0], g[$0], b[$0]] })
        guard let shares = matrix.inverse?.times(white) else { return nil }
        return matrix.rows.map { row in (0..<3).map { row[$0] * shares[$0] } }
    }

    /// The same, seen by eyes used to D50 (Bradford, ICC.1:2022 annex E).
    var toD50: [[Double]]? {
        guard let toXYZ else { return nil }
        let cones = Matrix(rows: [
            [0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296],
        ])
        let from = cones.times(Matrix(rows: toXYZ).times([1, 1, 1]))
        let to = cones.times([0.9642, 1, 0.8249])
        guard from.allSatisfy({ $0 > 0.0001 }), let back = cones.inverse else { return nil }
        let columns = (0..<3).map { index in
            let seen = cones.times(toXYZ.map { $0[index] })
            return back.times((0..<3).map { seen[$0] * to[$0] / from[$0] })
        }
        return (0..<3).map { row in columns.map { $0[row] } }
    }
}
