/// How the memory between the edge and one of its workers is laid out, which every job uses again:
/// new memory for each would take longer than what it holds takes to copy. What does not fit comes
/// in a file of its own, whose descriptor is beside the frame.
package enum SharedLayout {
    /// A job's input, from the first byte on, unless it is a file.
    package static let inputByteCount = 2 << 20
    /// Its outputs, one behind the other in the order of their replies.
    package static let outputs = inputByteCount..<byteCount

    package static let byteCount = 4 << 20
}
