package import Rendition

/// What a worker may spend on one input. Checked on the header, before anything is decoded.
package struct JobLimits: Hashable, Sendable {
    /// Width × height of one frame.
    package var inputPixels: UInt64
    /// Width × height × frames.
    package var inputFramePixels: UInt64
    package var inputSide: UInt32
    package var inputFrames: UInt32
    /// Pixels of one frame that a byte of the file may stand for; more is a bomb.
    package var inputPixelsPerByte: UInt32
    /// Processor time of the whole job; beyond it the worker is ended by SIGXCPU.
    package var processorSeconds: UInt32
    package var inputTypes: EnumSet<ImageType>
    package var output: OutputLimits

    package init(
        inputPixels: UInt64 = 100_000_000, inputFramePixels: UInt64 = 200_000_000,
        inputSide: UInt32 = 32_768, inputFrames: UInt32 = 1000,
        inputPixelsPerByte: UInt32 = 20_000, processorSeconds: UInt32 = 20,
        inputTypes: EnumSet<ImageType> = [.jpeg, .png, .webp, .avif, .heic],
        output: OutputLimits = OutputLimits()
    ) {
        (self.inputPixels, self.inputFramePixels) = (inputPixels, inputFramePixels)
        (self.inputFrames, self.inputPixelsPerByte) = (inputFrames, inputPixelsPerByte)
        self.processorSeconds = processorSeconds
        (self.inputSide, self.inputTypes, self.output) = (inputSide, inputTypes, output)
    }

    /// What proving a picture may take of the processor: a microsecond for a pixel of a frame and
    /// half of one for a byte, some ten times what the slowest of our decoders needs, and two
    /// seconds. What takes longer then would take longer each time.
    package func processorSeconds(toProve facts: ImageFacts, byteCount: Int) -> UInt32 {
        let pixels = UInt64(facts.width) * UInt64(facts.height) * UInt64(facts.frames)
        let seconds = 2 + pixels / 1_000_000 + UInt64(max(0, byteCount)) / 2_000_000
        return min(processorSeconds, UInt32(clamping: seconds))
    }
}
