import Answers
@testable import Edge
import HTTP
import JSON
import LinuxIO
@testable import Operations
import Testing
import Text

/// The tables of both listeners, held against each other and the interface's description.
@Suite struct RoutesTests {
    /// Methods by path, of one listener.
    typealias Paths = [String: Set<String>]

    /// What `openapi.json` lists. Paths of the admin listener name its address.
    private static func described() throws -> (public: Paths, admin: Paths) {
        let document = try JSONValue(bytes(of: "Sources/COpenAPI/openapi.json"))
        var (open, admin): (Paths, Paths) = ([:], [:])
        for path in try members("paths", of: document) {
            guard case .object(let item) = path.value else { continue }
            let names = item.map(\.name.string)
            let methods = Set(names.map { $0.uppercased() }).subtracting(["PARAMETERS", "SERVERS"])
            if names.contains("servers") {
                admin[path.name.string] = methods
            } else {
                open[path.name.string] = methods
            }
        }
        return (open, admin)
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        let root = #filePath.dropLast("Tests/EdgeTests/RoutesTests.swift".count)
        let file = try Files.open(root + path, flags: 0)
        return try Files.read(
            file.rawValue, offset: 0, byteCount: Files.size(file.rawValue))
    }

    private static func members(
        _ name: String, of value: JSONValue
    ) throws -> [JSONValue.Member] {
        guard case .object(let members) = value,
            case .object(let found)? = members.first(where: { $0.name.string == name })?.value
        else {
            Issue.record("no \(name)")
            return []
        }
        return found
    }

    private static func listed<Handler>(_ table: [Resource<Handler>]) -> Paths {
        var paths: Paths = [:]
        for resource in table {
            let (path, methods) = resource.described
            paths[path] = Set(methods.map { "\($0.name)" })
        }
        return paths
    }

    @Test func theDescriptionListsWhatThePublicListenerHas() throws {
        #expect(Self.listed(PublicRoutes.table) == (try Self.described().public))
    }

    @Test func theDescriptionListsWhatTheAdminListenerHas() throws {
        // That what can be read has a head goes without saying there.
        let listed = Self.listed(AdminResponder.routes).mapValues { $0.subtracting(["HEAD"]) }
        #expect(listed == (try Self.described().admin))
    }

    private static func place(_ target: String) -> String? {
        let bytes = Array(target.utf8)
        return PublicRoutes.table.first { $0.shape.matches(bytes.span) }?.described.path
    }

    @Test(
        arguments: [
            ("/thumbs/9x9/a.jpg", "/thumbs/{size}/{image}"),
            ("/optimized/a?x", "/optimized/{image}"),
            ("/images", "/images"), ("/images?limit=1", "/images"), ("/images/a", "/images/{hash}"),
            ("/images/a/similar", "/images/{hash}/similar"),
            ("/images/a/similar?limit=1", "/images/{hash}/similar"),
            ("/images/a/link?target=b", "/images/{hash}/link"),
            ("/images/a/purge", "/images/{hash}/purge"),
            ("/console/", "/console/{file}"), ("/console/a.js?x", "/console/{file}"),
            ("/console", "/console"), ("/consolex", nil),
            ("/uploads", "/uploads"), ("/uploads/a?x", "/uploads/{id}"),
            ("/images/a?x=/similar", "/images/{hash}"), ("/openapi.json", "/openapi.json"),
            ("/openapi.json?x", nil), ("/imagesx", nil), ("/", "/"), ("/?", nil), ("", nil),
            ("/thumbs", nil),
        ] as [(String, String?)])
    func aTargetIsOfOneResource(target: String, path: String?) {
        #expect(Self.place(target) == path)
    }

    @Test(arguments: [
        ("/images/ab", "ab"), ("/images/ab?x", "ab"), ("/images/ab/similar?x", "ab"),
        ("/images/", ""), ("/images/similar", ""),
    ])
    func whatThePathLeavesOpenIsTaken(target: String, rest: String) throws {
        let bytes = Array(target.utf8)
        let resource = try #require(
            PublicRoutes.table.first { $0.shape.matches(bytes.span) })
        #expect(resource.shape.rest(of: bytes.span) == Array(rest.utf8))
    }

    @Test func everyMethodHasOneAction() {
        for resource in PublicRoutes.table {
            let all = resource.actions.reduce(0) { $0 + $1.methods.rawValue.nonzeroBitCount }
            #expect(all + 1 == resource.allowed.rawValue.nonzeroBitCount, "\(resource.shape)")
        }
    }
}
