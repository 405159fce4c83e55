package import LinuxIO
package import Rendition

/// Where an original lies below the directory of all: `ab/cd/<hash>`.
package struct OriginalPlace: Sendable {
    package let hash: ContentHash
    let outer: String
    let inner: String
    package let file: String

    package init(_ hash: ContentHash) {
        let hex = hash.hex
        self.hash = hash
        outer = String(hex.prefix(2))
        inner = "\(outer)/\(hex.dropFirst(2).prefix(2))"
        file = "\(inner)/\(hex)"
    }

    /// All that are there, until `body` says no. What is not named by a hash, in its place, was not
    /// put there by us.
    package static func forEach(
        in directory: borrowing Directory, _ body: (OriginalPlace) -> Bool
    ) throws(SystemError) {
        for outer in try directory.names() where outer.utf8.count == 2 {
            for inner in try directory.names(in: outer) {
                for name in try directory.names(in: "\(outer)/\(inner)") {
                    guard let place = ContentHash(hex: name).map(OriginalPlace.init),
                        place.file == "\(outer)/\(inner)/\(name)"
                    else { continue }
                    guard body(place) else { return }
                }
            }
        }
    }
}
