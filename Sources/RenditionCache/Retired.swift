/// What readers may still hold though nobody finds it any more. It is let go of here, by the
/// writing thread, once it is held by nobody else: unmapping a file and giving back its blocks
/// takes milliseconds, which no event loop should pay.
struct Retired {
    private var generations: [Generation] = []
    private var tables: [EntryTable] = []

    var isEmpty: Bool { generations.isEmpty && tables.isEmpty }

    mutating func add(_ generation: Generation) { generations.append(generation) }

    mutating func add(_ table: EntryTable) { tables.append(table) }

    mutating func release() {
        for index in generations.indices.reversed()
        where isKnownUniquelyReferenced(&generations[index]) {
            generations.remove(at: index)
        }
        for index in tables.indices.reversed() where isKnownUniquelyReferenced(&tables[index]) {
            tables.remove(at: index)
        }
    }
}
