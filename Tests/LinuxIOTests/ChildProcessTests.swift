import Glibc
import LinuxIO
import TestSupport
import Testing

/// Children as workers are started.
@Suite struct ChildProcessTests {
    private static var program: String { Process.programDirectory + "/test-worker" }

    /// A child and our end of its socket; waits for it by its descriptor.
    private struct Child: ~Copyable {
        let process: ChildProcess
        let socket: OwnedDescriptor

        init(_ start: String, nice: Int = 0) throws {
            let (near, far) = try Socket.packetPair()
            let ownEnd = OwnedDescriptor(adopting: near)
            let childEnd = OwnedDescriptor(adopting: far)
            process = try ChildProcess(
                path: program, arguments: [],
                environment: ["SWIFT_BACKTRACE=enable=no", "TEST_WORKER=\(start)"],
                output: OwnedDescriptor(adopting: dup(2)), socket: childEnd,
                memory: SharedMemory(byteCount: 1), niceIncrement: nice)
            socket = ownEnd
        }

        func waitForExit() -> ChildProcess.Exit? {
            guard isReadable(process.pidDescriptor.rawValue) else { return nil }
            return process.reap()
        }

        func receive() -> [UInt8] {
            guard isReadable(socket.rawValue) else { return [] }
            return Socket.receivePacket(socket.rawValue, capacity: 1000).bytes
        }

        private func isReadable(_ raw: CInt) -> Bool {
            var wanted = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
            return unsafe poll(&wanted, 1, 10_000) == 1
        }
    }

    /// 5 is the directory it lists them in, which is closed again before they are counted.
    @Test func aChildInheritsSocketAndMemoryAndNothingElse() throws {
        // Something to inherit: not close-on-exec, and a signal that is blocked here.
        let extra = OwnedDescriptor(adopting: dup(0))
        let child = try Child("report", nice: 3)
        let text = String(decoding: child.receive(), as: UTF8.self)
        #expect(text == "[0, 1, 2, 3, 4] blocked=false variables=2 ownGroup=true nice=3")
        #expect(child.waitForExit() == .status(0))
        _ = consume extra
    }

    @Test func theWayItEndedIsTold() throws {
        #expect(try Child("fail").waitForExit() == .status(3))
        let child = try Child("hang")
        #expect(child.process.reap() == nil)
        child.process.kill()
        #expect(child.waitForExit() == .signal(SIGKILL))
        // It is gone from the table: nothing more to kill or to reap.
        child.process.kill()
        #expect(child.process.reap() == nil)
    }

    @Test func aChildDiesWithItsOwner() throws {
        let pid: Int32
        do {
            let child = try Child("hang")
            pid = child.process.pid
            #expect(kill(pid, 0) == 0)
        }
        #expect(kill(pid, 0) == -1 && errno == ESRCH)
    }

    /// In an exit test: the parent is a process of its own, and kills itself.
    @Test func aChildDiesWithItsParent() async throws {
        let result = try await #require(
            processExitsWith: .signal(SIGKILL), observing: [\.standardErrorContent]
        ) {
            let child = try Child("hang")
            let line = Array("child=\(child.process.pid)\n".utf8)
            Process.write(line.span, to: 2)
            _ = kill(getpid(), SIGKILL)
            _ = child.waitForExit()
        }
        let text = String(decoding: result.standardErrorContent, as: UTF8.self)
        let number = text.split(separator: "\n").first { $0.hasPrefix("child=") }?.dropFirst(6)
        let pid = try #require(number.flatMap { Int32($0) })
        // Its death is under way when its parent's is seen; whoever inherited it reaps it.
        #expect(eventually { kill(pid, 0) == -1 || isZombie(pid) })
    }

    private func isZombie(_ pid: Int32) -> Bool {
        guard let file = try? Files.open("/proc/\(pid)/stat", flags: O_RDONLY),
            let bytes = try? Files.read(file.rawValue, offset: 0, byteCount: 400)
        else { return true }
        return String(decoding: bytes, as: UTF8.self).contains(") Z ")
    }

    @Test func aProgramThatCanNotBeStartedIsAnError() throws {
        let (near, far) = try Socket.packetPair()
        let end = OwnedDescriptor(adopting: near)
        let socket = OwnedDescriptor(adopting: far)
        let memory = try SharedMemory(byteCount: 1)
        for (path, code) in [("/nonexistent", ENOENT), ("/etc/passwd", EACCES)] {
            #expect(throws: SystemError(call: "spawn", code: code)) {
                _ = try ChildProcess(
                    path: path, arguments: [], environment: [],
                    output: OwnedDescriptor(adopting: dup(2)), socket: socket, memory: memory,
                    niceIncrement: 0)
            }
        }
        _ = consume end
    }
}
