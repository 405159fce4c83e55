internal import Configuration
internal import LinuxIO

/// The file of tokens in a data directory. It may block on the disk.
struct TokenStore: ~Copyable {
    enum Failure: Error, CustomStringConvertible {
        case system(SystemError)
        case malformed(ConfigurationError)
        case tooLarge
        case noEdge(directory: String)
        case isBusy
        /// Of the index that edges share.
        case database(String)

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
            case .database(let reason): "the index's database: \(reason)"
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
