import LinuxIO
import WorkerLink

/// Why a worker can not go on.
enum LinkError: Error {
    case system(SystemError)
    case frame(FrameError)
    case missingInput
    /// The edge has none, or is gone.
    case noRoom
}

/// The socket to the edge, descriptor 3: a packet a frame, blocking. Beside it the memory that both
/// share, descriptor 4. Descriptors come from the edge and never go to it: behind the walls there
/// is no call for that.
final class EdgeLink {
    private static let descriptor: CInt = 3
    private let memory = SharedMemory(adopting: OwnedDescriptor(adopting: 4))
    private let map: DescriptorMap
    private var job: JobID?
    /// Behind the job's last output in the memory.
    private var end = SharedLayout.outputs.lowerBound

    init() throws(LinkError) {
        do throws(SystemError) { map = try DescriptorMap(of: memory.descriptor) } catch {
            throw .system(error)
        }
    }

    /// The next job; `nil` once the edge has closed its end.
    func receive() throws(LinkError) -> Job? {
        guard let (bytes, descriptors) = try receivePacket() else { return nil }
        end = SharedLayout.outputs.lowerBound
        var files = descriptors[...]
        func nextFile() -> OwnedDescriptor? {
            files.popFirst().map { OwnedDescriptor(adopting: $0) }
        }
        let request: WorkerRequest
        do throws(FrameError) {
            request = try WorkerRequest(frame: bytes.span)
        } catch {
            throw .frame(error)
        }
        job = request.job
        let input = request.sharedByteCount == 0 ? nextFile() : nil
        guard request.sharedByteCount > 0 || input != nil else { throw .missingInput }
        let overlay = nextFile()
        for extra in files { OwnedDescriptor.close(extra) }
        return Job(request: request, input: input, overlay: overlay)
    }

    private func receivePacket() throws(LinkError) -> ([UInt8], [CInt])? {
        let (result, bytes, descriptors) = Socket.receivePacket(
            Self.descriptor, capacity: Frame.maxByteCount)
        switch result {
        case .moved: return (bytes, descriptors)
        case .ended, .wouldBlock: return nil
        case .failed(let error): throw .system(error)
        }
    }

    /// A job's input, where it is no file; valid while the job is.
    @unsafe func sharedInput(byteCount: Int) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: map.bytes[..<byteCount])
    }

    /// Puts an output where the edge will look for it at the next reply of one.
    func place(_ bytes: RawSpan) throws(LinkError) {
        let isShared = bytes.byteCount <= SharedLayout.outputs.upperBound - end
        let room = isShared ? nil : try room(byteCount: bytes.byteCount)
        do throws(SystemError) {
            switch room {
            case .none:
                try memory.write(bytes, at: end)
                end += bytes.byteCount
            case .some(let room): try Files.write(room.rawValue, bytes, at: 0)
            }
        } catch {
            throw .system(error)
        }
    }

    /// Memory of the edge's for one output.
    private func room(byteCount: Int) throws(LinkError) -> OwnedDescriptor {
        guard let job else { preconditionFailure("an output of no job") }
        try send(.roomWanted(job, byteCount: UInt64(byteCount)))
        guard let (bytes, descriptors) = try receivePacket(), let room = descriptors.first
        else { throw .noRoom }
        do throws(FrameError) {
            guard try RoomGrant(frame: bytes.span).job == job else { throw .invalidField(.input) }
        } catch {
            throw .frame(error)
        }
        return OwnedDescriptor(adopting: room)
    }

    /// An edge that is gone is no error: the next `receive` tells.
    func send(_ reply: WorkerReply) throws(LinkError) {
        if case .failed(let error) = Socket.send(Self.descriptor, reply.encoded.span) {
            throw .system(error)
        }
    }
}
