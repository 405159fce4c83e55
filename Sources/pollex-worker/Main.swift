import Glibc
import Imaging
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
        // From here on everything is loaded: no file is opened, no name looked up.
        let link = EdgeLink()
        do throws(LinkError) {
            try link.send(
                .ready(processID: UInt32(getpid()), versions: Imaging.versions), output: nil)
            while let job = try link.receive() { try job.serve(over: link) }
        } catch {
            fail("the link to the edge: \(error)")
        }
    }

    /// One line for the edge's log, and the end.
    private static func fail(_ reason: String) -> Never {
        let line = Array("pollex-worker: \(reason)\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
        exit(1)
    }
}
