/// The bound of every queue, buffer and wait.
package struct Limits: Equatable, Sendable {
    // A request.
    package var headBytes = 16 << 10
    package var targetBytes = 8 << 10
    package var uploadBytes = 512 << 20
    // A form with uploads. Each file in it is a descriptor until the form is whole.
    package var formBytes = 2 << 30
    package var formParts = 64
    package var formHeadBytes = 8 << 10

    // Connections.
    package var connections = 20_000
    /// 0 is no limit: behind a load balancer every client has the balancer's address.
    package var connectionsPerAddress = 0
    package var idle = Duration.seconds(75)
    package var head = Duration.seconds(10)
    /// A body slower than this, after the grace, is given up.
    package var bodyMinimumBytesPerSecond = 1024
    package var bodyGrace = Duration.seconds(10)
    /// The same for a client that reads slowly.
    package var sendMinimumBytesPerSecond = 512
    package var sendGrace = Duration.seconds(10)
    package var drain = Duration.seconds(30)

    // Pictures.
    /// Judged by content. SVG, PDF and whatever else needs an interpreter are never among them.
    package enum InputType: String, CaseIterable, Sendable {
        case jpeg, png, webp, gif, avif, heic, tiff, jxl
    }
    package var inputTypes: [InputType] = [.jpeg, .png, .webp, .gif, .avif, .heic]
    package var inputPixels = 100_000_000
    package var inputSide = 65_535
    package var inputFrames = 1_000
    /// A flat picture packs up to this much; what claims more is a bomb.
    package var inputPixelsPerByte = 20_000
    package var outputSide = 8_192
    package var outputPixels = 50_000_000

    // Jobs.
    package var job = Duration.seconds(20)
    /// Of the processor, however long the wall clock takes.
    package var jobProcessor = Duration.seconds(15)
    package var queueJobs = 512
    package var queueBytes = 512 << 20
    package var workerMemoryBytes = 1 << 30
    /// A worker is replaced after so many jobs.
    package var workerJobs = 1_000
}
