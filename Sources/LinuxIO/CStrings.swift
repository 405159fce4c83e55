internal import Glibc

/// Lends texts to C, at least one, each ended by a zero.
package func withCStrings<R>(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>>) -> R
) -> R {
    let copies = unsafe texts.map { text in
        guard let copy = unsafe strdup(text) else { preconditionFailure("out of memory") }
        return unsafe UnsafePointer(copy)
    }
    defer { unsafe copies.forEach { unsafe free(UnsafeMutablePointer(mutating: $0)) } }
    return unsafe copies.withUnsafeBufferPointer { buffer in
        guard let start = buffer.baseAddress else { preconditionFailure("no texts") }
        return unsafe body(start)
    }
}
