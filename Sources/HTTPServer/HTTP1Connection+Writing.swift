internal import HTTP
internal import LinuxIO

extension HTTP1Connection {
    func appendConnectionField() {
        switch cycle.announcement(discarding: discardLimit) {
        case .nothing: break
        case .close: context.output.appendField("Connection", "close")
        case .keepAlive: context.output.appendField("Connection", "keep-alive")
        }
        appendStrictTransport(by: transport)
    }

    /// Measured on loopback, Linux 6.18: up to here one send of a copy is the cheapest …
    private static var copiedByteLimit: Int { 4096 }
    /// … and from here on the kernel's own send from the file.
    private static var sentFromFileByteCount: Int { 16 * 1024 }

    /// See `Reply.transmit`.
    @inline(__always)
    func transmit(
        status: Status, content: RawSpan, file: FilePlace?, from offset: Int,
        continuing source: () -> any BodySource
    ) {
        let context = context
        responseStatus = status
        let headCount = context.output.count
        let result: IOResult
        if content.byteCount <= Self.copiedByteLimit {
            let isCopied = unsafe context.output.append(byteCount: content.byteCount) {
                unsafe MappedFile.copy(content, to: $0)
            }
            result =
                isCopied
                ? context.output.withBytes { transport.send($0) } : .failed(.unreadable)
        } else if let file, content.byteCount >= Self.sentFromFileByteCount, !transport.copies {
            result = context.output.withBytes {
                transport.send($0, from: file, byteCount: content.byteCount)
            }
        } else {
            result = context.output.withBytes { transport.send($0, content) }
        }
        let sent: Int
        switch result {
        case .moved(let count): sent = count
        case .wouldBlock: sent = 0
        case .failed(let error) where error.isUnreadable:
            sent = 0
        case .ended, .failed:
            context.output.removeAll()
            cycle.answerBegan(sent: 0)
            return close()
        }
        cycle.answerBegan(sent: sent)
        if sent == headCount + content.byteCount {
            context.output.removeAll()
            return finishResponse()
        }
        if sent < headCount {
            outgoing.append(.bytes(context.takeOutput(first: headCount, from: sent)))
        }
        context.output.removeAll()
        let contentSent = max(0, sent - headCount)
        outgoing.append(.content(source(), offset + contentSent..<offset + content.byteCount))
        cycle.answerWaits(at: now)
        // The socket is full, or the content can not be read any more: of that no event would tell.
        flush()
    }

    /// The head alone.
    func transmit(status: Status) {
        let context = context
        responseStatus = status
        let headCount = context.output.count
        var sent = 0
        switch context.output.withBytes({ transport.send($0) }) {
        case .moved(let count): sent = count
        case .wouldBlock: break
        case .ended, .failed:
            context.output.removeAll()
            cycle.answerBegan(sent: 0)
            return close()
        }
        cycle.answerBegan(sent: sent)
        if sent == headCount {
            context.output.removeAll()
            return finishResponse()
        }
        outgoing.append(.bytes(context.takeOutput(from: sent)))
        cycle.answerWaits(at: now)
    }

    /// The head, then `segments` in order.
    func transmit(status: Status, segments: [Segment]) {
        responseStatus = status
        cycle.answerBegan(sent: 0)
        outgoing.append(.bytes(context.takeOutput(from: 0)))
        outgoing.append(contentsOf: segments)
        cycle.answerWaits(at: now)
        flush()
    }

    /// Content this small leaves with its head, in one packet.
    private static let joinedByteCount = 8192

    /// Sends a response from off the hit path.
    func send(_ response: Response) {
        account = response.account
        let context = context
        let mayHaveContent = context.composeHead(of: response) { appendConnectionField() }
        if cycle.begunByteCount > 0 { continueBegunAnswer() }
        guard mayHaveContent && !cycle.isHEAD else { return transmit(status: response.status) }
        switch response.content {
        case .none: transmit(status: response.status)
        case .bytes(let bytes) where bytes.count <= Self.joinedByteCount:
            context.output.append(bytes.span)
            transmit(status: response.status)
        case .bytes(let bytes): transmit(status: response.status, segments: [.bytes(bytes)])
        case .pieces(let pieces):
            if pieces.count == 1, case .content(let source as MemorySource, let range) = pieces[0] {
                // At once with its head, and without a turn on the outgoing queue: a crowd may
                // wait for the same.
                let content = source.bytes
                return unsafe transmit(
                    status: response.status, content: content.span.extracting(range).bytes,
                    file: nil, from: range.lowerBound, continuing: { source })
            }
            transmit(status: response.status, segments: pieces.map(\.segment))
        }
    }

    // MARK: An answer that is begun before it is there

    /// Sends the next byte of it.
    func beginAnswer() {
        guard let next = cycle.nextBegunByte else { return }
        let byte: InlineArray<1, UInt8> = [next]
        switch transport.send(byte.span) {
        case .moved: cycle.begunByteWent()
        case .wouldBlock: break
        case .ended, .failed: close()
        }
    }

    /// Takes from the head that was composed what is out already.
    private func continueBegunAnswer() {
        let rest = context.takeOutput(from: cycle.takeBegunByteCount())
        context.output.append(rest.span)
    }

    // MARK: What waits for the peer

    /// Sends it, but no more than a turn's share: a reader as fast as memory would have the loop
    /// for itself.
    func flush() {
        var share = Self.bytesPerTurn
        while let segment = outgoing.first {
            guard share > 0 else { return yieldTurn() }
            let result: IOResult
            switch segment {
            case .bytes(let bytes): result = transport.send(bytes.span)
            case .content(let source, let range):
                let piece = range.lowerBound..<min(range.upperBound, range.lowerBound + share)
                result = source.send(piece, by: transport)
            }
            switch result {
            case .moved(let count):
                share -= count
                cycle.answerWent(on: count)
                advance(segment, by: count)
                // Nothing moved of something: the content is shorter than promised.
                if count == 0 && segment.byteCount > 0 { return reset() }
            case .wouldBlock: return awaitMore(of: segment)
            case .ended, .failed: return reset()
            }
        }
        finishResponse()
    }

    /// The socket tells when it takes more; content that is still coming tells by itself.
    private func awaitMore(of segment: Segment) {
        guard case .content(let source, _) = segment, source.grows, let token else { return }
        let mailbox = context.loop.mailbox
        source.whenMore { mailbox.post { $0.handler(token)?.ready(Readiness.writable) } }
    }

    private func advance(_ segment: Segment, by count: Int) {
        guard count < segment.byteCount else {
            outgoing.removeFirst()
            return
        }
        switch segment {
        case .bytes(let bytes):
            outgoing[0] = .content(MemorySource(bytes), count..<bytes.count)
        case .content(let source, let range):
            outgoing[0] = .content(source, range.lowerBound + count..<range.upperBound)
        }
    }

    private func finishResponse() {
        if account != nil { settleAccount(isWhole: true) }
        switch cycle.answerEnded(at: now, discarding: discardLimit) {
        case .nextRequest, .dropBody: break
        case .finishSending: transport.finishSending()
        }
    }
}
