internal import LinuxIO
internal import Telemetry

/// The access log and the thread that writes it to standard output.
final class LogWriter: Sendable {
    let log: AccessLog?
    private let arrivals = Semaphore()
    private let ended = Semaphore()

    init(loopCount: Int, isOn: Bool) {
        guard isOn else {
            log = nil
            return
        }
        let arrivals = arrivals
        let ended = ended
        let log = AccessLog(loopCount: loopCount) { arrivals.signal() }
        self.log = log
        do throws(SystemError) {
            _ = try RunningThread(name: "access-log") {
                log.run(
                    pause: { arrivals.wait(milliseconds: 200) },
                    write: { Process.write($0, to: 1) })
                ended.signal()
            }
        } catch {
            preconditionFailure("no thread for the access log: \(error)")
        }
    }

    /// Writes what is queued.
    func close() {
        guard let log else { return }
        log.close()
        ended.wait(milliseconds: 5000)
    }
}
