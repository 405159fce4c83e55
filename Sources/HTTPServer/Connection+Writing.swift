package import HTTP
internal import LinuxIO

extension Connection {
    /// Whether the response under way is the last: then its head says `Connection: close`.
    package var closesAfterResponse: Bool { !(keepsAlive && mayDiscardBody) }

    /// The `Connection` field the response needs, if any.
    package func appendConnectionField() {
        if closesAfterResponse {
            context.output.appendField("Connection", "close")
        } else if usesKeepAliveField {
            context.output.appendField("Connection", "keep-alive")
        }
    }

    /// Gives the request to a handler elsewhere. `bytes` are the head's.
    package func handOver(_ head: RequestHead, bytes: Span<UInt8>) -> Exchange {
        guard let token else { preconditionFailure("a closed connection") }
        let link = ExchangeLink(
            bufferedByteLimit: context.limits.bufferedBodyBytes, hasBody: !body.isComplete)
        exchange = link
        isReadingPaused = false
        enter(.exchanging)
        return Exchange(
            head: head, headBytes: bytes.array, peer: peer, mailbox: context.loop.mailbox,
            token: token, link: link)
    }

    /// Sends the head composed in the loop's output and all of `content` behind it. What the
    /// socket does not take is continued from `source`, which is only made then.
    ///
    /// - Parameters:
    ///   - content: may lie in a map whose file can not be read any more: then `source` is asked
    ///     for it, finds the same, and the connection ends.
    ///   - file: where the same content lies in a file, if it does.
    @inline(__always)
    package func transmit(
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
                ? context.output.withBytes { Socket.send(descriptor, $0) } : .failed(.unreadable)
        } else if let file, content.byteCount >= Self.sentFromFileByteCount {
            result = sendFromFile(file, byteCount: content.byteCount)
        } else {
            result = context.output.withBytes { Socket.send(descriptor, $0, content) }
        }
        let sent: Int
        switch result {
        case .moved(let count): sent = count
        case .wouldBlock: sent = 0
        case .failed(let error) where error.isUnreadable:
            sent = 0
        case .ended, .failed:
            context.output.removeAll()
            return close()
        }
        sentByteCount = sent
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
        startWriting()
        // The socket is full, or the content can not be read any more: of that no event would tell.
        flush()
    }

    /// Measured on loopback, Linux 6.18: up to here one send of a copy is the cheapest …
    private static var copiedByteLimit: Int { 4096 }
    /// … and from here on the kernel's own send from the file, which moves pages and no bytes.
    private static var sentFromFileByteCount: Int { 16 * 1024 }

    @inline(never)
    private func sendFromFile(_ file: FilePlace, byteCount: Int) -> IOResult {
        let headCount = context.output.count
        let head = context.output.withBytes { Socket.sendBeforeMore(descriptor, $0) }
        guard head == .moved(headCount) else { return head }
        switch Socket.sendFile(
            descriptor, from: file.descriptor, offset: file.offset, byteCount: byteCount)
        {
        case .moved(let count): return .moved(headCount + count)
        case .failed(let error) where error.isUnreadable: return head
        case .wouldBlock: return head
        case .ended: return .ended
        case .failed(let error): return .failed(error)
        }
    }

    /// Sends the head composed in the loop's output, and nothing behind it.
    package func transmit(status: Status) {
        responseStatus = status
        sentByteCount = 0
        let headCount = context.output.count
        switch context.output.withBytes({ Socket.send(descriptor, $0) }) {
        case .moved(let count):
            sentByteCount = count
            if count == headCount {
                context.output.removeAll()
                return finishResponse()
            }
        case .wouldBlock: break
        case .ended, .failed:
            context.output.removeAll()
            return close()
        }
        outgoing.append(.bytes(context.takeOutput(from: sentByteCount)))
        startWriting()
    }

    /// Whether the response under way is not out yet.
    package var isSending: Bool { phase == .writing }

    /// Whom to tell when the response under way is out.
    package func tell(_ account: any ResponseAccount) { self.account = account }

    /// Sends the head composed in the loop's output, then `segments` in order.
    package func transmit(status: Status, segments: [Segment]) {
        responseStatus = status
        sentByteCount = 0
        outgoing.append(.bytes(context.takeOutput(from: 0)))
        outgoing.append(contentsOf: segments)
        startWriting()
        flush()
    }

    /// Content this small leaves with its head, in one packet.
    private static let joinedByteCount = 8192

    /// Sends a response from off the hit path.
    package func send(_ response: Response) {
        account = response.account
        let context = context
        context.output.appendStatusLine(response.status)
        context.appendDate()
        context.output.append(response.fields.span)
        let mayHaveContent = !response.status.forbidsContent
        if mayHaveContent { context.output.appendContentLength(response.contentByteCount) }
        appendConnectionField()
        context.output.appendEndOfHead()
        if begunByteCount > 0 { continueBegunAnswer() }
        guard mayHaveContent && !isHEAD else { return transmit(status: response.status) }
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

    /// From the exchange: the handler's answer.
    func finishExchange(with response: Response) {
        exchange = nil
        send(response)
        proceed()
    }

    /// Sends what waits, but no more than a turn's share: a reader as fast as memory would have
    /// the loop for itself.
    func flush() {
        var share = Self.bytesPerTurn
        while let segment = outgoing.first {
            guard share > 0 else { return yieldTurn() }
            let result: IOResult
            switch segment {
            case .bytes(let bytes): result = Socket.send(descriptor, bytes.span)
            case .content(let source, let range):
                let piece = range.lowerBound..<min(range.upperBound, range.lowerBound + share)
                result = source.send(piece, to: descriptor)
            }
            switch result {
            case .moved(let count):
                share -= count
                sentByteCount += count
                movedByteCount += UInt64(count)
                advance(segment, by: count)
                // Nothing moved of something: the content is shorter than promised.
                if count == 0 && segment.byteCount > 0 { return reset() }
            case .wouldBlock: return
            case .ended, .failed: return reset()
            }
        }
        finishResponse()
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

    private func startWriting() { enter(.writing) }

    /// The response is out.
    private func finishResponse() {
        if account != nil { settleAccount(isWhole: true) }
        if closesAfterResponse {
            Socket.finishSending(descriptor)
            enter(.lingering)
        } else if body.isComplete {
            finishRequest()
        } else {
            enter(.discarding)
        }
    }

    /// Also while draining: the client was told that it may go on, so what it has sent by then is
    /// answered, and the tick closes what stays idle.
    func finishRequest() { enter(.readingHead) }
}

/// Where content lies in an open file that never changes.
package struct FilePlace {
    package let descriptor: Int32
    package let offset: Int

    package init(descriptor: Int32, offset: Int) {
        self.descriptor = descriptor
        self.offset = offset
    }
}
