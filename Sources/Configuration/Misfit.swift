/// Why one value was not taken, before it is known where it came from.
struct Misfit: Error, Equatable {
    let place: String
    let reason: String
    private(set) var isUnknownKey = false

    init(_ place: String, _ value: JSON5Value, expected: String) {
        self.place = place
        reason = "\(value.excerpt) is not \(expected)"
    }

    init(_ place: String, reason: String) { (self.place, self.reason) = (place, reason) }

    init(unknown place: String, nearest: String) {
        self.place = place
        reason = "unknown key; the nearest known one is \(nearest)"
        isUnknownKey = true
    }
}
