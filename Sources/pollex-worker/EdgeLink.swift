import LinuxIO
import WorkerLink

/// Why a worker can not go on.
enum LinkError: Error {
    case system(SystemError)
    case frame(FrameError)
    case missingInput
}

/// The socket to the edge: descriptor 3, a packet a frame, blocking.
struct EdgeLink {
    private static let descriptor: CInt = 3

    /// The next job; `nil` once the edge has closed its end.
    func receive() throws(LinkError) -> Job? {
        let (result, bytes, descriptors) = Socket.receivePacket(
            Self.descriptor, capacity: Frame.maxByteCount)
        let input = descriptors.first.map { OwnedDescriptor(adopting: $0) }
        let overlay = descriptors.dropFirst().first.map { OwnedDescriptor(adopting: $0) }
        for extra in descriptors.dropFirst(2) { OwnedDescriptor.close(extra) }
        switch result {
        case .moved: break
        case .ended, .wouldBlock: return nil
        case .failed(let error): throw .system(error)
        }
        let request: WorkerRequest
        do throws(FrameError) {
            request = try WorkerRequest(frame: bytes.span)
        } catch {
            throw .frame(error)
        }
        guard let input else { throw .missingInput }
        return Job(request: request, input: input, overlay: overlay)
    }

    /// An edge that is gone is no error: the next `receive` tells.
    func send(_ reply: WorkerReply, output: CInt?) throws(LinkError) {
        let result = Socket.sendPacket(
            Self.descriptor, reply.encoded, descriptors: output.map { [$0] } ?? [])
        if case .failed(let error) = result { throw .system(error) }
    }
}
