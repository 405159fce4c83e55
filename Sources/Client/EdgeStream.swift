internal import LinuxIO
internal import TLS

/// A connection to an edge, in the clear or inside TLS; belongs to one thread, which waits.
@safe final class EdgeStream {
    private let socket: OwnedDescriptor
    private let isSecure: Bool
    private var secured: Secured?
    private var isShaken = false

    /// What TLS needs besides the socket.
    private struct Secured: ~Copyable {
        var session: TLSSession
        let output = TLSOutput()
        var cipher = [UInt8](repeating: 0, count: pieceByteCount)
        var plain = [UInt8](repeating: 0, count: pieceByteCount + TLSSession.recordByteCount)
    }

    private static let pieceByteCount = 128 << 10

    init(to address: EdgeAddress, timeoutSeconds: Int) throws(ClientError) {
        do throws(SystemError) {
            socket = try Socket.connect(
                toHost: address.host, port: address.port, timeoutSeconds: timeoutSeconds)
        } catch { throw .unreachable("\(address)", error) }
        isSecure = address.isSecure
        guard isSecure else { return }
        guard let trust = address.trust,
            let session = TLSSession(
                to: address.host, isAddress: address.isNumeric, trust)
        else { throw .untrusted("there is no memory for it") }
        secured = Secured(session: session)
        while !isShaken { _ = try receiveSecured() }
    }

    // MARK: In

    /// What comes next, at least a byte.
    func receive() throws(ClientError) -> [UInt8] {
        if !isSecure {
            var piece = [UInt8](repeating: 0, count: Self.pieceByteCount)
            let count = try receive(into: &piece)
            return Array(piece[..<count])
        }
        while true {
            let plain = try receiveSecured()
            if !plain.isEmpty { return plain }
        }
    }

    private func receive(into piece: inout [UInt8]) throws(ClientError) -> Int {
        let raw = socket.rawValue
        let result = unsafe piece.withUnsafeMutableBytes { unsafe Socket.receive(raw, into: $0) }
        switch result {
        case .moved(let count): return count
        case .wouldBlock: throw .timedOut
        case .ended, .failed: throw .cutOff
        }
    }

    private var hasSpoken = false

    /// One step: plain text that came of it, or none.
    private func receiveSecured() throws(ClientError) -> [UInt8] {
        guard var secured = secured.take() else { throw .cutOff }
        // The client speaks first.
        let count = hasSpoken ? try receive(into: &secured.cipher) : 0
        hasSpoken = true
        let output = secured.output
        let (state, plainCount) = unsafe secured.cipher.withUnsafeBytes { cipher in
            unsafe secured.plain.withUnsafeMutableBytes { plain in
                unsafe secured.session.receive(
                    UnsafeRawBufferPointer(rebasing: cipher[..<count]), into: plain, output)
            }
        }
        let plain = Array(secured.plain[..<plainCount])
        let complaint = secured.session.complaint
        isShaken = secured.session.isShaken
        self.secured = consume secured
        try flush(output)
        switch state {
        case .failed: throw .untrusted(complaint)
        case .ended where plain.isEmpty: throw .cutOff
        case .open, .ended: return plain
        }
    }

    // MARK: Out

    func send(_ bytes: [UInt8]) throws(ClientError) {
        guard isSecure else { return try sendAll(bytes.span) }
        var sent = 0
        while sent < bytes.count {
            guard var secured = secured.take() else { throw .cutOff }
            let output = secured.output
            let left = bytes.span.extracting(droppingFirst: sent)
            let count = unsafe secured.session.send(left.bytes, output)
            self.secured = consume secured
            guard count > 0 else { throw .cutOff }
            sent += count
            try flush(output)
        }
    }

    private func flush(_ output: TLSOutput) throws(ClientError) {
        defer { output.removeAll() }
        try output.withBytes { (bytes) throws(ClientError) in try sendAll(bytes) }
    }

    private func sendAll(_ bytes: Span<UInt8>) throws(ClientError) {
        var sent = 0
        while sent < bytes.count {
            switch Socket.send(socket.rawValue, bytes.extracting(droppingFirst: sent)) {
            case .moved(let count): sent += count
            case .wouldBlock: throw .timedOut
            case .ended, .failed: throw .cutOff
            }
        }
    }
}
