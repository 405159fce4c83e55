internal import CTLS
internal import Coding

/// What tickets of sessions are encrypted with: by the first, and those of the others are still
/// good. Edges that have the same ones resume each other's sessions.
package struct TicketKeys: Equatable, Sendable {
    /// In one file.
    package static let limit = 8

    let bytes: [UInt8]

    var count: Int { bytes.count / Int(CTLS_ticketKeyBytes) }

    /// Lines of 160 hex digits, the newest key first; empty ones are passed over.
    package init(_ file: [UInt8]) throws(TLSFault) {
        var bytes: [UInt8] = []
        for line in file.split(whereSeparator: { $0 == UInt8(ascii: "\n") }) {
            let digits = line.filter { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: " ") }
            if digits.isEmpty { continue }
            guard digits.count == 2 * Int(CTLS_ticketKeyBytes),
                let key = Hex.bytes(String(decoding: digits, as: UTF8.self))
            else { throw .ticketKeys }
            bytes += key
        }
        self.bytes = bytes
        guard 1...Self.limit ~= count else { throw .ticketKeys }
    }

    /// Good for this process alone.
    package static func random() throws(TLSFault) -> TicketKeys {
        var bytes = [UInt8](repeating: 0, count: Int(CTLS_ticketKeyBytes))
        let isMade = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return false }
            return unsafe CTLS_random(start, buffer.count)
        }
        guard isMade else { throw .noMemory }
        return TicketKeys(bytes: bytes)
    }

    /// These, with the newest of `older` behind them, which open what was encrypted before.
    package func before(_ older: TicketKeys) -> TicketKeys {
        TicketKeys(bytes: bytes + older.bytes.prefix(Int(CTLS_ticketKeyBytes)))
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }
}
