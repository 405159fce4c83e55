import LinuxIO
import WorkerLink

/// Why a worker can not go on.
enum LinkError: Error {
    case system(SystemError)
    case frame(FrameError)
    case missingInput
}

/// The socket to the edge, descriptor 3: a packet a frame, blocking. Beside it the memory that both
/// share, descriptor 4.
final class EdgeLink {
    /// Where the bytes of an output are.
    enum Place: ~Copyable {
        case shared
        case file(OwnedDescriptor)
    }

    private static let descriptor: CInt = 3
    private let memory = SharedMemory(adopting: OwnedDescriptor(adopting: 4))
    private let map: DescriptorMap
    /// Behind the job's last output in the memory.
    private var end = SharedLayout.outputs.lowerBound

    init() throws(LinkError) {
        do throws(SystemError) { map = try DescriptorMap(of: memory.descriptor) } catch {
            throw .system(error)
        }
    }

    /// The next job; `nil` once the edge has closed its end.
    func receive() throws(LinkError) -> Job? {
        let (result, bytes, descriptors) = Socket.receivePacket(
            Self.descriptor, capacity: Frame.maxByteCount)
        switch result {
        case .moved: break
        case .ended, .wouldBlock: return nil
        case .failed(let error): throw .system(error)
        }
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
        let input = request.sharedByteCount == 0 ? nextFile() : nil
        guard request.sharedByteCount > 0 || input != nil else { throw .missingInput }
        let overlay = nextFile()
        for extra in files { OwnedDescriptor.close(extra) }
        return Job(request: request, input: input, overlay: overlay)
    }

    /// A job's input, where it is no file; valid while the job is.
    @unsafe func sharedInput(byteCount: Int) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: map.bytes[..<byteCount])
    }

    /// Puts an output where the edge will find it, which is told by the next reply.
    func place(_ bytes: RawSpan) throws(SystemError) -> Place {
        guard bytes.byteCount <= SharedLayout.outputs.upperBound - end
        else { return .file(try SealedMemory.file(holding: bytes)) }
        try memory.write(bytes, at: end)
        end += bytes.byteCount
        return .shared
    }

    /// An edge that is gone is no error: the next `receive` tells.
    func send(_ reply: WorkerReply, output: borrowing Place = .shared) throws(LinkError) {
        let descriptors: [CInt] =
            switch output {
            case .shared: []
            case .file(let file): [file.rawValue]
            }
        let result = Socket.sendPacket(Self.descriptor, reply.encoded, descriptors: descriptors)
        if case .failed(let error) = result { throw .system(error) }
    }
}
