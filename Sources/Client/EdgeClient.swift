internal import Glibc
internal import LinuxIO
internal import Text

/// Asks an edge, one request after the other over a connection that it keeps. HTTP/1.1 as edges
/// speak it: content has a length, nothing is chunked. Belongs to one thread, which waits.
package final class EdgeClient {
    private let address: EdgeAddress
    private let authorization: [String]
    private var stream: EdgeStream?
    private var buffer: [UInt8] = []

    /// A silent edge is given up after this; a miss may take `limits.jobSeconds`.
    private static let timeoutSeconds = 60
    private static let headByteLimit = 64 << 10
    /// A page of documents, metrics, a rendition that is dropped.
    private static let contentByteLimit = 256 << 20
    package static let attempts = 5

    package init(_ address: EdgeAddress, token: String? = nil) {
        self.address = address
        authorization = token.map { ["Authorization: Bearer \($0)"] } ?? []
    }

    /// What is sent with a request: a file from its start.
    package struct Upload {
        let descriptor: CInt
        let byteCount: Int
        let progress: (Int) -> Void

        /// - Parameter progress: told of every piece that was sent.
        package init(
            descriptor: CInt, byteCount: Int, progress: @escaping (Int) -> Void
        ) {
            (self.descriptor, self.byteCount, self.progress) = (descriptor, byteCount, progress)
        }
    }

    /// Asks again, a few times, while the edge puts us off (503, 429) or can not be reached, for as
    /// long as it says. Only for what may be asked twice.
    package func ask(
        _ method: String, _ target: String, fields: [String] = [], upload: Upload? = nil,
        attempts: Int = EdgeClient.attempts
    ) throws(ClientError) -> Reply {
        let pause = Semaphore()
        var attempt = 1
        while true {
            var seconds = attempt
            do throws(ClientError) {
                let reply = try askOnce(method, target, fields, upload)
                guard reply.status == 503 || reply.status == 429, attempt < attempts else {
                    return reply
                }
                seconds = min(30, reply.number("retry-after") ?? attempt)
            } catch {
                stream = nil
                guard error.isPassing, attempt < attempts else { throw error }
            }
            attempt += 1
            pause.wait(milliseconds: seconds * 1000)
        }
    }

    private func askOnce(
        _ method: String, _ target: String, _ fields: [String], _ upload: Upload?
    ) throws(ClientError) -> Reply {
        let isReused = stream != nil
        do throws(ClientError) {
            return try exchange(method, target, fields, upload)
        } catch {
            // The edge may have closed an idle connection at the moment of our request.
            stream = nil
            guard isReused, error == .cutOff else { throw error }
            return try exchange(method, target, fields, upload)
        }
    }

    private func exchange(
        _ method: String, _ target: String, _ fields: [String], _ upload: Upload?
    ) throws(ClientError) -> Reply {
        if stream == nil {
            stream = try EdgeStream(to: address, timeoutSeconds: Self.timeoutSeconds)
            buffer = []
        }
        var lines = ["\(method) \(target) HTTP/1.1", "Host: \(address)"] + authorization + fields
        if let upload {
            lines.append("Content-Length: \(upload.byteCount)")
        } else if method == "POST" {
            lines.append("Content-Length: 0")
        }
        try send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
        if let upload {
            // An edge that refuses says so at once, and closes: the answer is there to be read.
            do throws(ClientError) { try send(upload) } catch {
                guard error == .cutOff else { throw error }
            }
        }
        return try readReply(to: method)
    }

    private func send(_ upload: Upload) throws(ClientError) {
        var sent = 0
        while sent < upload.byteCount {
            let piece: [UInt8]
            do throws(SystemError) {
                piece = try Files.read(
                    upload.descriptor, offset: sent,
                    byteCount: min(256 << 10, upload.byteCount - sent))
            } catch { throw .unreadableFile(error) }
            // Shorter than it was when it was measured.
            guard !piece.isEmpty else {
                throw .unreadableFile(SystemError(call: "read", code: EIO))
            }
            try send(piece)
            sent += piece.count
            upload.progress(piece.count)
        }
    }

    private func send(_ bytes: [UInt8]) throws(ClientError) {
        guard let stream else { throw .cutOff }
        try stream.send(bytes)
    }

    private func receive() throws(ClientError) {
        guard let stream else { throw .cutOff }
        buffer += try stream.receive()
    }

    private func readReply(to method: String) throws(ClientError) -> Reply {
        while true {
            var reply = try readHead()
            if reply.status < 200 { continue }
            let hasContent = method != "HEAD" && reply.status != 204 && reply.status != 304
            if hasContent { reply.content = try readContent(of: reply) }
            if reply["connection"]?.lowercased() == "close" { stream = nil }
            return reply
        }
    }

    private func readHead() throws(ClientError) -> Reply {
        let end = Array("\r\n\r\n".utf8)
        var searched = 0
        while true {
            if let place = buffer[searched...].firstRange(of: end) {
                let head = String(decoding: buffer[..<place.lowerBound], as: UTF8.self)
                buffer.removeFirst(place.upperBound)
                guard let reply = Reply(head: head) else { throw .notAnEdge("no status line") }
                return reply
            }
            searched = max(0, buffer.count - 3)
            guard buffer.count < Self.headByteLimit else { throw .notAnEdge("an endless head") }
            try receive()
        }
    }

    private func readContent(of reply: Reply) throws(ClientError) -> [UInt8] {
        guard let count = reply.number("content-length"),
            count <= Self.contentByteLimit
        else { throw .notAnEdge("content without a length") }
        while buffer.count < count { try receive() }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }
}
