internal import LinuxIO

/// Whether all pages of an environment are in its file, which LMDB takes for granted: a page beyond
/// the end ends the process by SIGBUS when it is looked at. Reads each page of the trees once.
///
/// For a file that is shorter than its newest meta page says. That alone is no damage: pages that
/// one transaction took and gave back are never written, and they may be the last ones.
struct PageWalk {
    let data: CInt
    let pageByteCount: Int
    /// Pages in the file.
    let pageCount: UInt64

    /// Flags of pages and of nodes (`P_BRANCH` …, `F_BIGDATA` … of LMDB 0.9).
    private static let (branch, leaf, fixedLeaf): (UInt64, UInt64, UInt64) = (1, 2, 0x20)
    private static let (overflow, table): (UInt64, UInt64) = (1, 2)
    private static let (headByteCount, nodeByteCount, tableByteCount) = (16, 8, 48)
    private static let mostLevels = 64

    func isWhole(from roots: [UInt64]) -> Bool { roots.allSatisfy { holds($0, level: 0) } }

    private func holds(_ number: UInt64, level: Int) -> Bool {
        // An empty tree has no root.
        if number == .max { return true }
        guard level < Self.mostLevels, let page = page(number, byteCount: pageByteCount),
            page.word(0, 8) == number
        else { return false }
        let (flags, end) = (page.word(10, 2), Int(page.word(12, 2)))
        if flags & Self.fixedLeaf != 0 { return true }
        guard flags & (Self.branch | Self.leaf) != 0,
            Self.headByteCount...pageByteCount ~= end
        else { return false }
        return stride(from: Self.headByteCount, to: end, by: 2).allSatisfy { slot in
            let node = Int(page.word(slot, 2))
            guard node + Self.nodeByteCount <= pageByteCount else { return false }
            return flags & Self.branch != 0
                ? holds(page.word(node, 6), level: level + 1)
                : holdsValue(of: node, in: page, level: level)
        }
    }

    /// What a leaf's node says lies elsewhere: a large value, or a tree of its own.
    private func holdsValue(of node: Int, in page: [UInt8], level: Int) -> Bool {
        let flags = page.word(node + 4, 2)
        let value = node + Self.nodeByteCount + Int(page.word(node + 6, 2))
        if flags & Self.overflow != 0 {
            guard value + 8 <= pageByteCount else { return false }
            let first = page.word(value, 8)
            guard let head = self.page(first, byteCount: Self.headByteCount) else { return false }
            return first + head.word(12, 4) <= pageCount
        }
        guard flags & Self.table != 0 else { return true }
        guard value + Self.tableByteCount <= pageByteCount else { return false }
        return holds(page.word(value + 40, 8), level: level + 1)
    }

    private func page(_ number: UInt64, byteCount: Int) -> [UInt8]? {
        guard number < pageCount,
            let bytes = try? Files.read(
                data, offset: Int(number) * pageByteCount, byteCount: byteCount),
            bytes.count == byteCount
        else { return nil }
        return bytes
    }
}

extension [UInt8] {
    /// The number of so many bytes at a place, in the machine's order, as LMDB writes them.
    func word(_ offset: Int, _ width: Int) -> UInt64 {
        (0..<width).reduce(0) { $0 | UInt64(self[offset + $1]) << (8 * $1) }
    }
}
