internal import Client
internal import Rendition
internal import Text

extension Command {
    static let remove = Command(
        name: "rm", summary: "delete images with all that was made of them",
        forms: ["[options] HASH…"],
        about: """
            Deletes original, document and renditions, and prints the edge's receipt for each.
            """,
        options: CommandOption.edge + [
            CommandOption("--block", "the same bytes can not be uploaded again")
        ],
        run: { words throws(CommandFailure) in
            guard !words.operands.isEmpty else { throw .usage("rm needs a hash.") }
            for word in words.operands where ContentHash(hex: word) == nil {
                throw .usage("\(word) is no hash.")
            }
            let client = EdgeClient(
                try words.address("--to", else: "127.0.0.1:8080"), token: try words.token())
            var status: Int32 = 0
            for hash in words.operands {
                let target = "/images/\(hash)\(words.has("--block") ? "?block=1" : "")"
                do throws(ClientError) {
                    let reply = try client.ask("DELETE", target)
                    if reply.status == 200 {
                        print(String(decoding: reply.content, as: UTF8.self))
                    } else {
                        Main.complain("\(hash): \(reply.complaint)")
                        status = 1
                    }
                } catch { throw .failed("\(error)") }
            }
            return status
        })
}
