internal import Text

/// One thing that images are listed by besides the time: those that have it are in an order of
/// their own, so that a page of them costs the same however few they are.
struct Facet: Hashable {
    /// Begins every key of the facet; followed by an `OrderKey`.
    let prefix: [UInt8]

    static func owner(_ name: UTF8String) -> Facet { Facet(1, Array(name.utf8)) }
    static func tag(_ text: UTF8String) -> Facet { Facet(2, Array(text.utf8)) }
    static func type(_ type: MediaType) -> Facet { Facet(3, Array(type.description.utf8)) }
    /// `nil` for what most images are: the order of all is as good.
    static func status(_ status: ImageDocument.Status) -> Facet? {
        status == .ready ? nil : Facet(4, [status.rawValue])
    }

    /// - Precondition: no longer than documents have it, so that LMDB has room for the key.
    private init(_ kind: UInt8, _ value: [UInt8]) {
        // The length goes before the value: no value begins another's keys.
        prefix = [kind, UInt8(value.count >> 8), UInt8(value.count & 255)] + value
    }

    /// - Parameter place: of the image among all.
    func key(_ place: OrderKey) -> [UInt8] { prefix + place.bytes }

    static func all(of document: ImageDocument) -> Set<Facet> {
        var facets: Set<Facet> = [.type(document.type)]
        if let owner = document.owner { facets.insert(.owner(owner)) }
        for tag in document.tags { facets.insert(.tag(tag)) }
        if let status = Facet.status(document.status) { facets.insert(status) }
        return facets
    }

    /// The one that presumably the fewest images have.
    static func narrowest(of query: ImageQuery) -> Facet? {
        if let status = query.status.flatMap(Facet.status) { return status }
        if let tag = query.tag { return .tag(tag) }
        if let owner = query.owner { return .owner(owner) }
        return query.type.map(Facet.type)
    }
}
