import Glibc
import Imaging
import Sandbox
import WorkerLink

/// Decodes what others uploaded, and nothing else: one job at a time, from the edge at the other
/// end of descriptor 3, until that end is closed.
@main struct Main {
    static func main() {
        do {
            try Imaging.start()
        } catch {
            fail("libvips does not start: \(error.detail)")
        }
        let bounds = Sandbox.Bounds(
            memoryBytes: number("POLLEX_WORKER_MEMORY_BYTES") ?? 1 << 30,
            fileBytes: max(
                number("POLLEX_WORKER_OUTPUT_BYTES") ?? 256 << 20, UInt64(SharedLayout.byteCount)))
        let versions = Imaging.versions
        // From here on everything is loaded: no file is opened, no name looked up.
        let walls = Sandbox.enter(bounds)
        do throws(LinkError) {
            let link = try EdgeLink()
            try link.send(
                .ready(
                    processID: UInt32(getpid()), Greeting(versions: versions, walls: walls)))
            var held = HeldPicture()
            while let job = try link.receive() {
                Sandbox.renewProcessorTime(seconds: job.processorSeconds)
                try job.serve(over: link, with: &held)
            }
        } catch {
            fail("the link to the edge: \(error)")
        }
    }

    private static func number(_ variable: String) -> UInt64? {
        unsafe getenv(variable).flatMap { unsafe UInt64(String(cString: $0)) }
    }

    /// One line for the edge's log, and the end.
    private static func fail(_ reason: String) -> Never {
        let line = Array("pollex-worker: \(reason)\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
        exit(1)
    }
}
