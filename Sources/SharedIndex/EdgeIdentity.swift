/// Which edge this is, to the others: by lot at each start, so that what an earlier one left in
/// hand is nobody's.
struct EdgeIdentity: Sendable {
    let id: [UInt8]
    /// For people.
    let name: String

    init(name: String) {
        id = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        self.name = name
    }
}
