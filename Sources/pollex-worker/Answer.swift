import Imaging
import LinuxIO
import Rendition
import WorkerLink

/// One output and the memory that holds it.
struct Answer: ~Copyable {
    private var output: RenderedOutput
    private let file: OwnedDescriptor

    /// - Parameter decoding: what was done before for this output.
    init(
        _ image: borrowing EncodedImage, index: Int, decodes: UInt8, decoding: Duration = .zero,
        isOfMaster: Bool = false
    ) throws(ImagingError) {
        output = RenderedOutput(
            index: UInt8(index), width: UInt32(image.size.width),
            height: UInt32(image.size.height), format: image.format,
            byteCount: UInt64(image.byteCount),
            timings: RenderedOutput.Timings(
                decode: Self.microseconds(image.work.decode + decoding),
                resize: Self.microseconds(image.work.arrange),
                encode: Self.microseconds(image.work.encode)),
            decodes: decodes, isOfMaster: isOfMaster)
        do throws(SystemError) {
            file = try image.withBytes { bytes throws(SystemError) in
                try SealedMemory.file(holding: bytes)
            }
        } catch {
            throw ImagingError(.outOfMemory, "\(error)")
        }
    }

    borrowing func send(_ job: JobID, over link: EdgeLink) throws(LinkError) {
        try link.send(.rendered(job, output), output: file.rawValue)
    }

    private static func microseconds(_ duration: Duration) -> UInt32 {
        UInt32(clamping: duration.components.attoseconds / 1_000_000_000_000)
            + UInt32(clamping: duration.components.seconds * 1_000_000)
    }
}
