import Foundation
import Testing

/// Signs as somebody would who has only read the documentation.
enum Signing {
    static let secret = "000102030405060708090a0b0c0d0e0f"
    static let keys =
        #"[{id:"k1",secret:"\#(secret)"},{id:"old",secret:"AAECAwQFBgcICQoLDA0ODxAR"}]"#

    /// `target`, canonical, with a signature of key `k1` by Python's `hmac`.
    static func sign(_ target: String, expires: Int? = nil) throws -> String {
        let script = """
            import base64, hashlib, hmac, sys
            message = b'pollex-url-v1\\nGET\\n' + sys.argv[1].encode()
            code = hmac.new(bytes.fromhex('\(secret)'), message, hashlib.sha256).digest()
            print(base64.urlsafe_b64encode(code).decode().rstrip('='), end='')
            """
        let covered = expires.map { inserting("expires=\($0)", into: target) } ?? target
        let result = try run("/usr/bin/python3", ["-c", script, covered])
        try #require(result.status == 0)
        let code = String(decoding: result.output, as: UTF8.self)
        return inserting("signature=k1.\(code)", into: covered)
    }

    /// In the order of the alphabet.
    private static func inserting(_ pair: String, into target: String) -> String {
        let parts = target.split(separator: "?", maxSplits: 1)
        let pairs = parts.dropFirst().flatMap { $0.split(separator: "&").map(String.init) } + [pair]
        return "\(parts[0])?\(pairs.sorted().joined(separator: "&"))"
    }
}
