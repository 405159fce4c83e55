internal import TLS

/// A server's side of TLS, whose client is honest up to a point.
extension Parser {
    /// The first byte says what comes before both have agreed: nothing wrong, bytes instead of the
    /// handshake, or bytes in the middle of it. Then come steps, each of a byte: plain text that
    /// the client sends, in pieces of so many bytes; or bytes that are not the client's.
    static func checkTLS(_ bytes: [UInt8]) {
        guard let choice = bytes.first, let sides = tlsSides,
            let run = TLSRun(sides.server, sides.client, pieceByteCount: Int(choice >> 2) + 1)
        else { return }
        let rest = Array(bytes.dropFirst())
        switch choice & 3 {
        case 0: run.inject(rest)
        case 1: run.inject(inHandshake: rest)
        default:
            precondition(run.shake(), "both are honest")
            run.go(through: rest)
        }
    }

    private static let tlsSides: (server: TLSContext, client: TLSTrust)? = {
        guard let made = SelfSigned(names: ["localhost"], days: 30),
            let keys = try? TicketKeys.random()
        else { return nil }
        let material = TLSMaterial(
            identities: [.init(chain: made.certificate, key: made.key)], ticketKeys: keys)
        guard let server = try? TLSContext(material),
            let client = try? TLSTrust(authorities: made.certificate, identity: nil)
        else { return nil }
        return (server, client)
    }()
}

/// What the server takes for plain text is what the client sent, however it came cut; from the
/// first byte on that is not the client's, nothing more of it.
private final class TLSRun {
    private var server: TLSSession
    private var client: TLSSession
    private let toClient = TLSOutput()
    private let toServer = TLSOutput()
    private let pieceByteCount: Int
    private var sent: [UInt8] = []
    private var receivedByteCount = 0
    private var plain: [UInt8]
    private var isHonest = true
    private var hasFailed = false

    init?(_ context: TLSContext, _ trust: TLSTrust, pieceByteCount: Int) {
        guard let server = TLSSession(context),
            let client = TLSSession(to: "localhost", isAddress: false, trust)
        else { return nil }
        self.server = server
        self.client = client
        self.pieceByteCount = pieceByteCount
        plain = [UInt8](repeating: 0, count: pieceByteCount + TLSSession.recordByteCount)
    }

    private func take(_ output: TLSOutput) -> [UInt8] {
        defer { output.removeAll() }
        return output.withBytes { bytes in bytes.indices.map { bytes[$0] } }
    }

    /// To the server, in pieces.
    private func deliver(_ cipher: [UInt8]) {
        var start = 0
        while start < cipher.count {
            let end = min(cipher.count, start + pieceByteCount)
            deliverPiece(Array(cipher[start..<end]))
            start = end
        }
    }

    private func deliverPiece(_ piece: [UInt8]) {
        var plain = plain
        self.plain = []
        let (state, count) = unsafe piece.withUnsafeBytes { piece in
            unsafe plain.withUnsafeMutableBytes { plain in
                unsafe server.receive(piece, into: plain, toClient)
            }
        }
        precondition(!hasFailed || state == .failed && count == 0, "an end is an end")
        hasFailed = state == .failed
        precondition(!isHonest || state == .open, "the client is honest")
        let expected = sent.dropFirst(receivedByteCount).prefix(count)
        precondition(expected.elementsEqual(plain[..<count]), "nobody else's bytes")
        receivedByteCount += count
        self.plain = plain
    }

    private func deliverToClient(_ cipher: [UInt8]) {
        var plain = [UInt8](repeating: 0, count: cipher.count + TLSSession.recordByteCount)
        _ = unsafe cipher.withUnsafeBytes { cipher in
            unsafe plain.withUnsafeMutableBytes { plain in
                unsafe client.receive(cipher, into: plain, toServer)
            }
        }
    }

    /// Whether both have agreed.
    func shake() -> Bool {
        deliverToClient([])
        for _ in 0..<4 {
            deliver(take(toServer))
            deliverToClient(take(toClient))
        }
        deliver(take(toServer))
        return server.isShaken && client.isShaken
    }

    func inject(_ bytes: [UInt8]) {
        isHonest = false
        deliver(bytes)
        precondition(!server.isShaken && receivedByteCount == 0)
    }

    /// After the client's first flight.
    func inject(inHandshake bytes: [UInt8]) {
        deliverToClient([])
        deliver(take(toServer))
        isHonest = false
        deliver(bytes)
        precondition(!server.isShaken && receivedByteCount == 0)
    }

    func go(through steps: [UInt8]) {
        var rest = steps[...]
        while let step = rest.popFirst() {
            let count = min(rest.count, Int(step & 63) * 4)
            let content = Array(rest.prefix(count))
            switch step >> 6 {
            case 0: sendPlain(content)
            case 1: sendPlain([UInt8](repeating: step, count: Int(step & 63) * 300))
            case 2: deliverChanged(content)
            default:
                isHonest = isHonest && content.isEmpty
                deliver(content)
            }
            if step >> 6 != 1 { rest = rest.dropFirst(count) }
            answer()
        }
        precondition(!isHonest || receivedByteCount == sent.count, "all of it")
    }

    private func sendPlain(_ plain: [UInt8]) {
        var start = 0
        while start < plain.count {
            let count = unsafe client.send(
                plain.span.extracting(droppingFirst: start).bytes, toServer)
            guard count > 0 else { return }
            sent += plain[start..<start + count]
            start += count
            deliver(take(toServer))
        }
    }

    /// A record of which a byte is another, its place and value being the first two.
    private func deliverChanged(_ content: [UInt8]) {
        guard content.count > 2 else { return }
        let plain = Array(content.dropFirst(2))
        guard unsafe client.send(plain.span.bytes, toServer) == plain.count else { return }
        var cipher = take(toServer)
        guard !cipher.isEmpty else { return }
        let place = Int(content[0]) % cipher.count
        isHonest = isHonest && content[1] == 0
        // Where nothing is changed it counts as sent.
        if content[1] == 0 { sent += plain }
        cipher[place] ^= content[1]
        deliver(cipher)
    }

    private func answer() {
        let plain = Array("answer".utf8)
        let count = unsafe server.send(plain.span.bytes, toClient)
        precondition(count == plain.count || hasFailed || !isHonest)
        deliverToClient(take(toClient))
    }
}
