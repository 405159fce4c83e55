import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct ProcessOneTests {
    /// The terminal of a container: what ends this program is typed there as Ctrl-C.
    private static let terminal = """
        import os, pty, signal, sys
        # Whoever runs tests may have blocked what is waited for here.
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        kept = os.dup(1), os.dup(2)
        child, terminal = pty.fork()
        if child == 0:
            for place, file in enumerate(kept, 1):
                os.dup2(file, place)
            os.execvp(sys.argv[1], sys.argv[1:])
        signal.signal(signal.SIGTERM, lambda *_: os.write(terminal, b"\\x03"))
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 255)
        """

    /// The program hears it from the terminal, and not from process 1 once more: the second time
    /// would be the end of who still sends.
    @Test(.enabled(if: geteuid() == 0, "makes a namespace"))
    func oneInterruptIsOne() throws {
        let folder = try Scratch()
        let script = folder.path("terminal.py")
        try Self.terminal.write(toFile: script, atomically: false, encoding: .utf8)
        let edge = try Edge(
            launcher: "exec python3 '\(script)' unshare --pid --fork --kill-child \"$0\" \"$@\" #")
        let picture = try Photos.small(1)
        let connection = try edge.connection()
        try connection.send(Edge.head("POST", "/images", bodyCount: picture.count))
        try connection.send(Array(picture.dropLast()))
        // It is known to be under way when what came behind it is answered.
        #expect(try edge.ask("/images").status == 200)
        edge.terminate()
        #expect(edge.event("draining") != nil)
        try connection.send(Array(picture.suffix(1)))
        #expect(try connection.readAnswer(to: "POST").status == 201)
        edge.process.waitUntilExit()
        #expect(edge.process.terminationStatus == 0, "\(edge.output)")
    }
}
