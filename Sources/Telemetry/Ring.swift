/// The last so many of what came: the oldest makes way.
package struct Ring<Element: Sendable>: Sendable {
    private let capacity: Int
    private var kept: [Element] = []
    /// Where the next one goes once all places are taken.
    private var next = 0

    package init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    package mutating func append(_ element: Element) {
        if kept.count < capacity { return kept.append(element) }
        kept[next] = element
        next = (next + 1) % capacity
    }

    package var newestFirst: [Element] { Array((kept[next...] + kept[..<next]).reversed()) }

    package var oldest: Element? { kept.isEmpty ? nil : kept[next] }
}
