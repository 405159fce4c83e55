import Imaging
import LinuxIO
import Rendition
import WorkerLink

/// One output, in its place.
struct Answer {
    private let output: RenderedOutput

    /// - Parameter decoding: what was done before for this output.
    init(
        _ image: borrowing EncodedImage, over link: EdgeLink, index: Int, decodes: UInt8,
        decoding: Duration = .zero, isOfMaster: Bool = false
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
        try image.place(over: link)
    }

    func send(_ job: JobID, over link: EdgeLink) throws(LinkError) {
        try link.send(.rendered(job, output))
    }

    private static func microseconds(_ duration: Duration) -> UInt32 {
        UInt32(clamping: duration.components.attoseconds / 1_000_000_000_000)
            + UInt32(clamping: duration.components.seconds * 1_000_000)
    }
}

extension EncodedImage {
    borrowing func place(over link: EdgeLink) throws(ImagingError) {
        do throws(LinkError) {
            try withBytes { bytes throws(LinkError) in try link.place(bytes) }
        } catch {
            throw ImagingError(.outOfMemory, "\(error)")
        }
    }
}
