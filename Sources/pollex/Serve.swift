internal import Configuration
internal import Edge
internal import Glibc
internal import LinuxIO

/// `pollex serve`: configuration, start, drain.
enum Serve {
    /// The exit status.
    static func run(_ words: [String]) -> Int32 {
        let arguments: ServeArguments
        do throws(ServeArguments.Misuse) { arguments = try ServeArguments(words) } catch {
            Main.complain(error.text)
            return 2
        }
        if arguments.wantsHelp {
            print(Main.usage + "\n")
            print(Configuration.reference)
            return 0
        }
        let configuration: Configuration
        do throws(ConfigurationError) {
            configuration = try Configuration.load(
                file: arguments.configurationFile, environment: environment(),
                flags: arguments.flags)
        } catch {
            Main.complain("\(error)")
            return 2
        }
        let signals = [Signals.terminate, Signals.interrupt]
        Signals.block(signals)
        do {
            let edge = try RunningEdge(configuration)
            edge.announce()
            // A drain asked for over HTTP comes as a signal too.
            _ = Signals.wait(for: signals)
            edge.drain()
            edge.finish()
            return 0
        } catch {
            Main.complain("\(error)")
            return 1
        }
    }

    private static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            let text = unsafe String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            unsafe next += 1
        }
        return variables
    }
}
