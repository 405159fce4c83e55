internal import CTLS

/// One connection's TLS: cipher text in, plain text out, and back. It knows no socket. What is for
/// the peer it leaves in the `TLSOutput` that it is given.
@safe package struct TLSSession: ~Copyable {
    package enum State: Equatable {
        /// More has to come.
        case open
        /// The peer has said that it sends no more.
        case ended
        /// What came is not TLS, or not what we agree to: what the output holds says so.
        case failed
    }

    /// The most that one record holds.
    package static let recordByteCount = Int(CTLS_recordBytes)

    private let raw: OpaquePointer
    /// Whose names and keys it asks for until it is shaken.
    private let context: AnyObject

    /// The server's side; `nil`: there is no memory for it.
    package init?(_ context: TLSContext) {
        guard let raw = unsafe CTLS_begin(context.raw) else { return nil }
        unsafe self.raw = raw
        self.context = context
    }

    /// The client's, which speaks first: `receive` nothing. `nil` where that can not be a host.
    package init?(to host: String, isAddress: Bool, _ trust: TLSTrust) {
        guard let raw = unsafe CTLS_connect(trust.raw, host, isAddress) else { return nil }
        unsafe self.raw = raw
        context = trust
    }

    deinit { unsafe CTLS_end(raw) }

    /// Whether both sides have agreed.
    package var isShaken: Bool { unsafe CTLS_isShaken(raw) }
    package var isHTTP2: Bool { unsafe CTLS_isHTTP2(raw) }
    /// By a ticket of an earlier session.
    package var isResumed: Bool { unsafe CTLS_isResumed(raw) }

    /// In words, when it has failed: what speaks against the peer.
    package var complaint: String { unsafe String(cString: CTLS_complaint(raw)) }

    /// Takes what came, all of it.
    ///
    /// - Parameter plain: room for as much, and a record more.
    /// - Returns: how much plain text came of it, also where it is the last.
    package mutating func receive(
        _ cipher: UnsafeRawBufferPointer, into plain: UnsafeMutableRawBufferPointer,
        _ output: TLSOutput
    ) -> (state: State, plainByteCount: Int) {
        precondition(plain.count >= cipher.count + Self.recordByteCount, "room for all of it")
        guard let start = plain.baseAddress else { preconditionFailure("no room") }
        var count = 0
        let state = unsafe CTLS_receive(
            raw, cipher.baseAddress?.assumingMemoryBound(to: UInt8.self), cipher.count,
            start.assumingMemoryBound(to: UInt8.self), plain.count, &count, &output.raw)
        switch state {
        case CTLSState_open: return (.open, count)
        case CTLSState_ended: return (.ended, count)
        default: return (.failed, count)
        }
    }

    /// How many bytes of `plain` the output has taken: as many as it has room for.
    package mutating func send(_ plain: RawSpan, _ output: TLSOutput) -> Int {
        unsafe plain.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            return unsafe CTLS_send(
                raw, start.assumingMemoryBound(to: UInt8.self), bytes.count, &output.raw)
        }
    }

    /// Says that no more will be sent.
    package mutating func finishSending(_ output: TLSOutput) {
        unsafe CTLS_finishSending(raw, &output.raw)
    }
}
