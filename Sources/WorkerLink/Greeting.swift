package import Rendition

/// What a worker says of itself before its first job.
package struct Greeting: Hashable, Sendable {
    package static let maxVersionsBytes = 1024

    /// Names the codecs, for the pipeline version.
    package let versions: String
    /// Those that hold.
    package let walls: EnumSet<Wall>

    package init(versions: String, walls: EnumSet<Wall>) {
        (self.versions, self.walls) = (versions, walls)
    }

    package var missingWalls: [Wall] { Wall.allCases.filter { !walls.contains($0) } }
}
