/// A set of enum cases in one word: for what a configuration enables. Raw values must be below 32.
package struct EnumSet<Element>: Hashable, Sendable, ExpressibleByArrayLiteral
where Element: RawRepresentable, Element.RawValue == UInt8 {
    package var bits: UInt32

    package init(bits: UInt32) { self.bits = bits }
    package init(arrayLiteral elements: Element...) { self.init(elements) }

    package init(_ elements: some Sequence<Element>) {
        bits = elements.reduce(0) { $0 | Self.bit($1) }
    }

    package func contains(_ element: Element) -> Bool { bits & Self.bit(element) != 0 }
    package mutating func insert(_ element: Element) { bits |= Self.bit(element) }
    package mutating func remove(_ element: Element) { bits &= ~Self.bit(element) }

    private static func bit(_ element: Element) -> UInt32 {
        precondition(element.rawValue < 32, "an enum too wide for a set")
        return 1 << UInt32(element.rawValue)
    }
}
