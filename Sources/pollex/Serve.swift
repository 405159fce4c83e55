internal import Configuration
internal import Text

extension Command {
    /// Configuration, start, drain.
    static let serve = Command(
        name: "serve", summary: "serve images; --help lists every key of the configuration",
        forms: ["[options]"],
        about: """
            Serves until SIGTERM, which drains; SIGHUP has the configuration read again. What these
            options do not say is in FILE, in variables POLLEX_…, or as below.
            """,
        options: [
            CommandOption("--config", "FILE", "the configuration, in JSON5"),
            CommandOption("--listen", "ADDR", "where images are served"),
            CommandOption("--admin", "ADDR", "where it is watched and told to drain"),
            CommandOption("--data", "DIR", "the data directory"),
            CommandOption("--certificate", "FILE", "with --key: --listen speaks TLS with it"),
            CommandOption("--key", "FILE", "its private key"),
        ],
        appendix: { "\n\n" + Configuration.reference },
        run: { words throws(CommandFailure) in
            try words.takeNoOperands()
            let keys: [UTF8String] = [
                "--listen", "--admin", "--data", "--certificate", "--key",
            ]
            let configuration = try words.configuration(keys)
            do {
                let requests = try Requests()
                var edge = try RunningEdge(configuration, onDrain: { requests.stop() })
                requests.beginServing()
                edge.announce()
                while requests.next() == .reload {
                    edge.reload { () throws(ConfigurationError) in
                        try words.loadConfiguration(keys)
                    }
                }
                edge.giveNotice { requests.waitForAnotherStop(milliseconds: $0) }
                edge.drain()
                edge.finish()
                return 0
            } catch { throw .failed("\(error)") }
        })
}
