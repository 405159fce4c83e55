/// What is kept beside head and body, in fixed size; its meaning is the caller's.
package struct EntryMetadata: Hashable, Sendable {
    package static let byteCount = 24

    /// Seconds since 1970.
    package var lastModifiedSeconds: Int64
    package var flags: SIMD16<UInt8>

    package init(lastModifiedSeconds: Int64, flags: SIMD16<UInt8> = .zero) {
        self.lastModifiedSeconds = lastModifiedSeconds
        self.flags = flags
    }
}
