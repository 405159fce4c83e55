import Testing

@Suite struct ImportTests {
    private let rooms = Dictionary(uniqueKeysWithValues: House.rooms.map { ($0.name, $0) })

    @Test(arguments: SourceFile.sources)
    func importsOnlyWhatTheHouseAllows(file: SourceFile) throws {
        let room = try #require(rooms[file.module], "\(file.module) has no row in the table")
        for name in file.imports where !House.everywhere.contains(name) {
            #expect(
                room.modules.contains(name) || room.system.contains(name),
                "\(file.path) imports \(name)")
        }
    }

    @Test func everyRowNamesOnlyEarlierRows() {
        var known = House.shims
        for room in House.rooms {
            #expect(room.modules.isSubset(of: known), "\(room.name)")
            known.insert(room.name)
        }
    }

    @Test(arguments: House.shims)
    func aCModuleIsImportedByOneSwiftModule(shim: String) {
        let users = Set(SourceFile.sources.filter { $0.imports.contains(shim) }.map(\.module))
        #expect(users.count <= 1, "\(shim) is imported by \(users.sorted())")
    }

    /// The manifest may lag behind the table (a module to come), never go beyond it.
    @Test func theManifestDeclaresWhatTheTableAllows() throws {
        let declared = try Manifest.targets()
        #expect(declared.count > 10)
        for (name, dependencies) in declared {
            let room = try #require(rooms[name], "\(name) is in the manifest only")
            #expect(dependencies.isSubset(of: room.modules), "\(name)")
        }
        let folders = Set(SourceFile.sources.map(\.module))
        #expect(folders == Set(declared.keys))
    }

    /// SwiftPM lets a transitive import compile; here it does not pass.
    @Test(arguments: SourceFile.sources)
    func importsOnlyWhatTheManifestDeclares(file: SourceFile) throws {
        let declared = try #require(try Manifest.targets()[file.module])
        let own = Set(file.imports).intersection(Set(rooms.keys).union(House.shims))
        #expect(own.isSubset(of: declared), "\(file.path)")
    }
}
