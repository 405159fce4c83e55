internal import Text

/// Which files of the drop folder are to be taken, and when. Time comes in as a value.
///
/// What holds: a path is in it once; at most `capacity` are; what it could not hold is found again
/// by the look around that `mustLookAround` asks for, so nothing has to be remembered beyond that.
struct DropQueue<Stamp: Hashable> {
    private struct Settling {
        let path: UTF8String
        let stamp: Stamp
        let due: Duration
    }

    private enum Place { case settling, ready, inHand, inHandAndChanged }

    let capacity: Int
    /// How long a file whose end was not seen has to stay as it is.
    let settlingTime: Duration
    private var places: [UTF8String: Place] = [:]
    /// In the order of their times; those that are elsewhere by now are stepped over.
    private var settling: ArraySlice<Settling> = []
    private var ready: ArraySlice<UTF8String> = []
    private(set) var mustLookAround = true

    init(capacity: Int, settlingTime: Duration) {
        (self.capacity, self.settlingTime) = (capacity, settlingTime)
    }

    var count: Int { places.count }

    /// The writer has closed the file, or moved it here.
    mutating func complete(_ path: UTF8String) {
        switch places[path] {
        case .ready, .inHandAndChanged: return
        case .inHand: places[path] = .inHandAndChanged
        case .settling: makeReady(path)
        case nil:
            guard hasRoom() else { return }
            makeReady(path)
        }
    }

    /// The file is there; nobody knows since when. `false`: there is no room for it.
    @discardableResult
    mutating func found(_ path: UTF8String, _ stamp: Stamp, now: Duration) -> Bool {
        guard places[path] == nil else { return true }
        guard hasRoom() else { return false }
        places[path] = .settling
        settling.append(Settling(path: path, stamp: stamp, due: now + settlingTime))
        return true
    }

    /// Something may be in the folder that has not been told of.
    mutating func lookAround() { mustLookAround = true }

    /// Everything below the folder is being looked at from now on.
    mutating func beginLookingAround() { mustLookAround = false }

    /// Whether it is worth it: looking costs by what is there, not by what there is room for.
    var canLookAround: Bool { places.count <= capacity / 2 }

    /// When there is something to `settle`; `nil`: nothing is settling.
    var nextDue: Duration? { settling.first?.due }

    /// Looks at what has had its time: a file that is as it was is ready, one that has changed
    /// begins again, one that is gone is forgotten.
    mutating func settle(now: Duration, _ look: (UTF8String) -> Stamp?) {
        while let first = settling.first, first.due <= now {
            settling.removeFirst()
            guard places[first.path] == .settling else { continue }
            let stamp = look(first.path)
            if stamp == first.stamp {
                makeReady(first.path)
            } else {
                places[first.path] = nil
                if let stamp { found(first.path, stamp, now: now) }
            }
        }
    }

    /// The next file to take; to be followed by `done`.
    mutating func next() -> UTF8String? {
        guard let path = ready.popFirst() else { return nil }
        places[path] = .inHand
        return path
    }

    /// A file that was taken is where it belongs, or has been left.
    mutating func done(_ path: UTF8String) {
        let place = places.removeValue(forKey: path)
        if place == .inHandAndChanged { complete(path) }
    }

    private mutating func makeReady(_ path: UTF8String) {
        places[path] = .ready
        ready.append(path)
    }

    private mutating func hasRoom() -> Bool {
        if places.count < capacity { return true }
        mustLookAround = true
        return false
    }
}
