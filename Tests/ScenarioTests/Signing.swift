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
        let separator = target.contains("?") ? "&" : "?"
        let covered = expires.map { "\(target)\(separator)expires=\($0)" } ?? target
        let result = try run("/usr/bin/python3", ["-c", script, covered])
        try #require(result.status == 0)
        let code = String(decoding: result.output, as: UTF8.self)
        return "\(covered)\(covered.contains("?") ? "&" : "?")signature=k1.\(code)"
    }
}
