internal import Configuration
internal import Glibc
internal import LinuxIO
internal import TLS
internal import Text

extension Command {
    static let tls = Command(
        name: "tls", summary: "a certificate for a first try",
        forms: ["self-signed NAME… [options]"],
        about: """
            Makes a certificate that vouches for itself, for the NAMEs (of the DNS, or addresses), \
            and its key, in two new files; serve takes them by --certificate and --key. \
            Clients have to be told to trust it: curl --cacert, pollex --ca.
            """,
        options: [
            CommandOption("--certificate", "FILE", "where it is put (pollex.crt)"),
            CommandOption("--key", "FILE", "where its private key is put (pollex.key)"),
            CommandOption("--days", "N", "for which it is good (90)"),
        ],
        run: { words throws(CommandFailure) in
            guard words.operands.first == "self-signed", words.operands.count > 1 else {
                throw .usage("tls takes self-signed and at least one name.")
            }
            let names = Array(words.operands.dropFirst())
            guard let days = Int32(words["--days"] ?? "90"), 1...3650 ~= days else {
                throw .usage("--days takes a number from 1 to 3650.")
            }
            guard let made = SelfSigned(names: names, days: days) else {
                throw .usage("\(names.joined(separator: ", ")): no names of the DNS, no addresses.")
            }
            let key = words["--key"] ?? "pollex.key"
            let certificate = words["--certificate"] ?? "pollex.crt"
            try write(made.key, to: key, mode: 0o600)
            try write(made.certificate, to: certificate, mode: 0o644)
            Main.complain("wrote \(certificate) and \(key)")
            return 0
        })

    /// Nothing that is there is written over.
    private static func write(
        _ bytes: [UInt8], to path: String, mode: UInt32
    ) throws(CommandFailure) {
        do throws(SystemError) {
            let file = try Files.open(path, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode)
            let span = bytes.span
            unsafe try Files.writeAll(file, span.bytes)
        } catch { throw .failed("\(path): \(error)") }
    }
}
