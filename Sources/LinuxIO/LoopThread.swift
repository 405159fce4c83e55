internal import CLinux
internal import Glibc
internal import Synchronization

/// A thread of its own; dropping this lets it run on by itself.
package struct RunningThread: ~Copyable, Sendable {
    private let handle: pthread_t

    /// - Parameter name: at most 15 bytes, seen in `top -H`.
    package init(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let box = unsafe Unmanaged.passRetained(Body(name: name, run: body))
        var handle = pthread_t()
        let code = unsafe pthread_create(
            &handle, nil,
            { argument in
                guard let argument = unsafe argument else { preconditionFailure("no body") }
                let body = unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                unsafe CLinux_name_thread(body.name)
                CLinux_take_signal_stack()
                body.run()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            unsafe box.release()
            throw SystemError(call: "pthread_create", code: code)
        }
        self.handle = handle
    }

    /// Waits for its end.
    package consuming func join() {
        pthread_join(handle, nil)
        discard self
    }

    deinit { pthread_detach(handle) }

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }
}

/// An event loop on a thread of its own.
package struct LoopThread: ~Copyable, Sendable {
    package let mailbox: Mailbox
    private let thread: RunningThread

    /// A loop works for microseconds and waits. By this the scheduler lets it in at once where
    /// others compute, and not when their turn is over, milliseconds later.
    private static let turnNanoseconds: UInt64 = 100_000

    /// `setUp` runs on the new thread before the first turn.
    package static func start(
        name: String, setUp: @escaping @Sendable (EventLoop) -> Void
    ) throws(SystemError) -> LoopThread {
        let started = Handshake()
        let thread = try RunningThread(name: name) {
            CLinux_shorten_turns(turnNanoseconds)
            do throws(SystemError) {
                let loop = try EventLoop()
                setUp(loop)
                started.fulfil(.success(loop.mailbox))
                try loop.run()
            } catch {
                started.fulfil(.failure(error))
            }
        }
        return LoopThread(mailbox: try started.wait().get(), thread: thread)
    }

    private init(mailbox: Mailbox, thread: consuming RunningThread) {
        self.mailbox = mailbox
        self.thread = thread
    }

    /// Stops the loop and waits for its thread.
    package consuming func stop() {
        mailbox.post { $0.stop() }
        thread.join()
    }
}

/// The mailbox, handed from the new thread to its maker. The first value counts.
private final class Handshake: Sendable {
    private let result = Mutex<Result<Mailbox, SystemError>?>(nil)
    private let done = Semaphore()

    func fulfil(_ value: Result<Mailbox, SystemError>) {
        result.withLock { if $0 == nil { $0 = value } }
        done.signal()
    }

    func wait() -> Result<Mailbox, SystemError> {
        done.wait()
        guard let value = result.withLock({ $0 }) else { preconditionFailure("no result") }
        return value
    }
}
