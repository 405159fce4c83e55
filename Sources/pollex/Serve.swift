internal import Configuration
internal import Edge
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
        do throws(ConfigurationError) { configuration = try load(arguments) } catch {
            Main.complain("\(error)")
            return 2
        }
        do {
            let requests = try Requests()
            var edge = try RunningEdge(configuration, onDrain: { requests.stop() })
            requests.beginServing()
            edge.announce()
            while requests.next() == .reload {
                edge.reload { () throws(ConfigurationError) in try load(arguments) }
            }
            edge.drain()
            edge.finish()
            return 0
        } catch {
            Main.complain("\(error)")
            return 1
        }
    }

    private static func load(
        _ arguments: ServeArguments
    ) throws(ConfigurationError) -> Configuration {
        try Configuration.load(
            file: arguments.configurationFile, environment: try Process.environment(),
            flags: arguments.flags,
            defaults: .defaults(memoryByteCount: Allowance.own.memoryByteCount))
    }
}
