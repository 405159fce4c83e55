internal import Events
internal import JSON
internal import Rendition
internal import Text

/// What an event says of its image: whose entry it is about, and what names there are to look at.
struct ExportedImage: Sendable {
    /// Under which an image lies in the bucket.
    struct Place: Hashable, Sendable {
        let name: UTF8String?
        let owner: UTF8String?
    }

    let hash: ContentHash
    let owner: UTF8String?
    /// That it had; whether it has them still the index knows.
    let places: Set<Place>

    /// `nil`: of a kind that has no image, or damaged.
    init?(_ event: Event) {
        guard let data = (try? JSONValue(event.payload))?["data"],
            let hash = data["hash"]?.string.flatMap({ ContentHash(hex: $0.string) })
        else { return nil }
        (self.hash, owner) = (hash, data["owner"]?.string)
        var places: Set = [Place(name: data["name"]?.string, owner: owner)]
        if case .array(let names)? = data["otherNames"] {
            for name in names { places.insert(Place(name: name.string, owner: owner)) }
        }
        if let former = data["former"], case .array(let names)? = former["names"] {
            let owner = former["owner"]?.string
            for name in names { places.insert(Place(name: name.string, owner: owner)) }
        }
        self.places = places
    }
}
