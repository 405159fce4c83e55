internal import CPostgreSQL
internal import Glibc

/// One server of a connection string.
///
/// Each is tried by itself: libpq would go on to the next only where one refuses, and has no end of
/// its own for one that is silent.
struct Server: Equatable {
    struct Parameter: Equatable {
        let keyword: String
        var value: String
    }

    /// In libpq's order.
    private(set) var parameters: [Parameter]

    /// The servers of a connection string in its order, or `nil` where it is none. libpq's reasons
    /// are kept back, for they repeat what it could not read, which may be of a password.
    static func all(of connectionString: String) -> [Server]? {
        guard let parsed = parameters(of: connectionString) else { return nil }
        func list(_ keyword: String) -> [String]? {
            guard let parameter = parsed.first(where: { $0.keyword == keyword }) else { return nil }
            let comma = UInt8(ascii: ",")
            let parts = parameter.value.utf8.split(
                separator: comma, omittingEmptySubsequences: false)
            return parts.map { String(Substring($0)) }
        }
        let count = max(list("host")?.count ?? 1, list("hostaddr")?.count ?? 1)
        var servers = Array(repeating: Server(parameters: parsed), count: count)
        for keyword in ["host", "hostaddr", "port"] {
            guard let values = list(keyword) else { continue }
            // One port stands for all of them.
            guard values.count == count || keyword == "port" && values.count == 1
            else { return nil }
            for place in servers.indices {
                servers[place].set(keyword, values[values.count == 1 ? 0 : place])
            }
        }
        return servers
    }

    private mutating func set(_ keyword: String, _ value: String) {
        guard let place = parameters.firstIndex(where: { $0.keyword == keyword }) else { return }
        parameters[place].value = value
    }

    /// The keywords and the values as C has them, each list ended by none.
    func withLists<R>(
        _ body: (
            UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>
        ) -> R
    ) -> R {
        let (names, texts) = unsafe (
            parameters.map { unsafe strdup($0.keyword) }, parameters.map { unsafe strdup($0.value) }
        )
        defer {
            for place in unsafe names.indices {
                unsafe free(names[place])
                unsafe free(texts[place])
            }
        }
        let keywords = unsafe names.map { unsafe UnsafePointer($0) } + [nil]
        let values = unsafe texts.map { unsafe UnsafePointer($0) } + [nil]
        return unsafe body(keywords, values)
    }

    private static func parameters(of connectionString: String) -> [Parameter]? {
        guard let options = unsafe PQconninfoParse(connectionString, nil) else { return nil }
        defer { unsafe PQconninfoFree(options) }
        var parameters: [Parameter] = []
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                let parameter = unsafe Parameter(
                    keyword: String(cString: keyword), value: String(cString: value))
                parameters.append(parameter)
            }
            unsafe option += 1
        }
        return parameters
    }
}
