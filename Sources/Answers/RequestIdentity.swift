internal import Coding
internal import LinuxIO
internal import Synchronization

/// Numbers for requests: unique in this process, and unlikely to meet those of another.
package enum RequestIdentity {
    private static let next = Atomic<UInt64>(UInt64.random(in: 0...UInt64.max))

    package static func make() -> UInt64 {
        // An odd step walks through all 2^64 numbers in an order that does not look like one.
        next.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
    }

    package static func text(_ id: UInt64) -> String {
        Hex.text(id, digits: 16)
    }
}
