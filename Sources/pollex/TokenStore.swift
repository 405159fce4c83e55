internal import Coding
internal import Configuration
internal import Digest
internal import LinuxIO
internal import Permission
internal import Text

/// The file of tokens in a data directory. It may block on the disk.
struct TokenStore: ~Copyable {
    enum Failure: Error, CustomStringConvertible {
        case system(SystemError)
        case malformed(ConfigurationError)
        case tooLarge
        case noEdge(directory: String)
        case isBusy

        var description: String {
            switch self {
            case .system(let error): "\(TokenFile.name): \(error)"
            case .malformed(let error): "\(error)"
            case .tooLarge: "\(TokenFile.name) has more than \(TokenFile.byteLimit) bytes."
            case .noEdge(let directory):
                """
                \(directory) is no data directory of an edge; --data says which is, or --config by \
                its key data. An edge that is to be started makes its own.
                """
            case .isBusy: "Another command is changing the tokens."
            }
        }
    }

    private let directory: Directory

    init(dataDirectory path: String) throws(Failure) {
        do { directory = try Directory(at: path) } catch { throw .system(error) }
    }

    /// Of a data directory that an edge has made: elsewhere nobody would look for the file.
    init(ofEdgeIn path: String) throws(Failure) {
        do throws(SystemError) {
            let opened = try Directory(existing: path)
            _ = try opened.status("index")
            directory = opened
        } catch { throw error.isNotFound ? .noEdge(directory: path) : .system(error) }
    }

    /// Which state of the file there is; `nil`: no file.
    func version() throws(Failure) -> FileStamp? {
        do { return try directory.status(TokenFile.name).stamp } catch {
            guard error.isNotFound else { throw .system(error) }
            return nil
        }
    }

    /// None where there is no file.
    func read() throws(Failure) -> [AccessToken] {
        let bytes: [UInt8]
        do throws(SystemError) {
            let file = try directory.open(TokenFile.name)
            let byteCount = min(try FileStatus.of(file).byteCount, TokenFile.byteLimit + 1)
            bytes = try Files.read(file.rawValue, offset: 0, byteCount: byteCount)
        } catch {
            guard error.isNotFound else { throw .system(error) }
            return []
        }
        guard bytes.count <= TokenFile.byteLimit else { throw .tooLarge }
        do throws(ConfigurationError) {
            return try TokenFile.parse(bytes, source: TokenFile.name)
        } catch { throw .malformed(error) }
    }

    /// Changes the file as a whole, durably, one command at a time.
    func change<R>(_ body: (inout [AccessToken]) -> R) throws(Failure) -> R {
        let isMine: Bool
        do throws(SystemError) { isMine = try directory.lock() } catch { throw .system(error) }
        guard isMine else { throw .isBusy }
        var tokens = try read()
        let result = body(&tokens)
        do throws(SystemError) { try write(tokens) } catch { throw .system(error) }
        return result
    }

    /// A new one and its text, which is not kept; `nil`: there are as many as there may be.
    func add(
        _ scopes: Set<Scope>, owner: UTF8String?, expires: Int64?
    ) throws(Failure) -> (text: String, token: AccessToken)? {
        // The word before the digits lets scanners of sources find it.
        let secret = "pollex_" + Hex.random(byteCount: 32)
        let digest = SHA256Digest(of: Array(secret.utf8)).bytes
        let token = AccessToken(
            digest: digest.indices.map { digest[$0] }, scopes: scopes, owner: owner,
            expires: expires)
        let isAdded = try change { tokens in
            guard tokens.count < TokenFile.tokenLimit else { return false }
            tokens.append(token)
            return true
        }
        return isAdded ? (secret, token) : nil
    }

    /// Takes away the one whose digest begins so.
    ///
    /// - Returns: all that begin so; unless that is one, none is taken away.
    func revoke(_ id: String) throws(Failure) -> [AccessToken] {
        try change { tokens in
            let found = tokens.filter { $0.hex.utf8.starts(with: id.utf8) }
            if found.count == 1 { tokens.removeAll { $0.hex == found[0].hex } }
            return found
        }
    }

    /// Whoever the directory belongs to can read it.
    private func write(_ tokens: [AccessToken]) throws(SystemError) {
        let text = Array(TokenFile.text(of: tokens).utf8)
        let newName = "\(TokenFile.name).new"
        // Left by one that was killed here.
        do throws(SystemError) { try directory.remove(newName) } catch {
            guard error.isNotFound else { throw error }
        }
        let file = try directory.create(newName)
        try directory.giveToOwner(file)
        try unsafe Files.writeAll(file, text.span.bytes)
        try Files.synchronize(file)
        try directory.rename(newName, to: TokenFile.name)
        try directory.synchronize()
    }
}
