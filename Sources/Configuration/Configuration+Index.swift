internal import LinuxIO

extension Configuration {
    /// Where the index is kept.
    package struct IndexStore: Equatable, Sendable {
        package enum Kind: String, CaseIterable, Sendable { case local, postgresql }

        package var kind = Kind.local
        /// How long what is here is delivered while the database is away; 0: however long it is.
        package var maximumStaleness = Duration.zero
        /// libpq's connection string, wherever it was written; `nil`: the index is local.
        package internal(set) var place: String?

        var connection: String?
        var connectionFile: String?
    }

    static let indexSettings: [Setting] = [
        .choice(
            "index.store", \.index.kind, Words(IndexStore.Kind.allCases, \.rawValue),
            "local: below data; postgresql: in a database that edges share"),
        .optionalText(
            "index.postgresql", \.index.connection, "a connection string", "as libpq takes it",
            atMost: connectionByteLimit),
        .optionalText(
            "index.postgresqlFile", \.index.connectionFile, "a path", "the same, in a file"),
        .secondsOrNone(
            "index.maxStalenessSeconds", \.index.maximumStaleness,
            "without the database, then deliveries get 503; 0: they go on"),
    ]

    private static let connectionByteLimit = 4096

    /// What no key says by itself.
    mutating func resolveIndex() throws(ConfigurationError) {
        guard index.kind == .postgresql else { return }
        let connection = try connectionText()
        guard !connection.utf8.contains(0) else {
            throw .invalidValue(
                key: "index.postgresql", source: "configuration", reason: "it has a zero byte")
        }
        index.place = connection
    }

    private func connectionText() throws(ConfigurationError) -> String {
        guard let file = index.connectionFile else {
            guard let connection = index.connection else {
                throw .invalidValue(
                    key: "index.postgresql", source: "configuration",
                    reason: "index.store is postgresql and needs it")
            }
            return connection
        }
        guard index.connection == nil else {
            throw .invalidValue(
                key: "index.postgresqlFile", source: "configuration",
                reason: "index.postgresql says it already")
        }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.contents(of: file, limit: Self.connectionByteLimit)
        } catch { throw .unreadable(file: file, reason: "\(error)") }
        let text = String(decoding: bytes.map { $0 < 0x20 ? 0x20 : $0 }, as: UTF8.self)
        guard text.utf8.contains(where: { $0 != 0x20 }) else {
            throw .invalidValue(
                key: "index.postgresqlFile", source: "configuration",
                reason: "\(file) is empty")
        }
        return text
    }
}
