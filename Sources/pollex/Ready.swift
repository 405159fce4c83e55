internal import Client
internal import Text

extension Command {
    /// For who starts containers and asks them how they are: there is no shell in an image.
    static let ready = Command(
        name: "ready", summary: "whether a running edge takes requests", forms: ["[options]"],
        about: "Asks /readyz once and prints the answer. Exit status 0 when it is ready, else 1.",
        options: [.admin],
        run: { words throws(CommandFailure) in
            try words.takeNoOperands()
            let client = EdgeClient(try words.address("--admin", else: "127.0.0.1:8081"))
            let reply: Reply
            do throws(ClientError) {
                reply = try client.ask("GET", "/readyz", attempts: 1)
            } catch { throw .failed("\(error)") }
            print(String(decoding: reply.content, as: UTF8.self), terminator: "")
            return reply.status == 200 ? 0 : 1
        })
}
