/// A cache of bytes, without the bytes. Keys are dense: 0 up to the number of objects.
protocol ReplacementModel {
    static var name: String { get }
    init(capacityBytes: Int, keyCount: Int)
    /// Whether the object was there; if not, it is from now on, as far as the rules let it.
    mutating func request(_ key: Int, bytes: Int) -> Bool
}

/// Doubly linked lists over dense keys; a key is in one list at most.
struct KeyLists {
    static let none = Int32(-1)
    private var newer: [Int32]
    private var older: [Int32]
    private var bytes: [Int32]
    private(set) var newest: [Int32]
    private(set) var oldest: [Int32]
    private(set) var total: [Int]

    init(keyCount: Int, listCount: Int) {
        newer = Array(repeating: Self.none, count: keyCount)
        older = newer
        bytes = Array(repeating: 0, count: keyCount)
        newest = Array(repeating: Self.none, count: listCount)
        oldest = newest
        total = Array(repeating: 0, count: listCount)
    }

    mutating func pushNewest(_ key: Int32, bytes count: Int, list: Int = 0) {
        bytes[Int(key)] = Int32(count)
        total[list] += count
        older[Int(key)] = newest[list]
        newer[Int(key)] = Self.none
        if newest[list] == Self.none {
            oldest[list] = key
        } else {
            newer[Int(newest[list])] = key
        }
        newest[list] = key
    }

    mutating func remove(_ key: Int32, list: Int = 0) {
        let (after, before) = (newer[Int(key)], older[Int(key)])
        if after == Self.none { newest[list] = before } else { older[Int(after)] = before }
        if before == Self.none { oldest[list] = after } else { newer[Int(before)] = after }
        total[list] -= Int(bytes[Int(key)])
    }

    func bytes(of key: Int32) -> Int { Int(bytes[Int(key)]) }
    func newer(than key: Int32) -> Int32 { newer[Int(key)] }
}

/// First in, first out.
struct FIFO: ReplacementModel {
    static let name = "FIFO"
    private let capacity: Int
    private var list: KeyLists
    private var isIn: [Bool]

    init(capacityBytes: Int, keyCount: Int) {
        capacity = capacityBytes
        list = KeyLists(keyCount: keyCount, listCount: 1)
        isIn = Array(repeating: false, count: keyCount)
    }

    mutating func request(_ key: Int, bytes: Int) -> Bool {
        if isIn[key] { return true }
        if bytes > capacity { return false }
        while list.total[0] + bytes > capacity {
            let victim = list.oldest[0]
            list.remove(victim)
            isIn[Int(victim)] = false
        }
        list.pushNewest(Int32(key), bytes: bytes)
        isIn[key] = true
        return false
    }
}

/// Least recently used.
struct LRU: ReplacementModel {
    static let name = "LRU"
    private let capacity: Int
    private var list: KeyLists
    private var isIn: [Bool]

    init(capacityBytes: Int, keyCount: Int) {
        capacity = capacityBytes
        list = KeyLists(keyCount: keyCount, listCount: 1)
        isIn = Array(repeating: false, count: keyCount)
    }

    mutating func request(_ key: Int, bytes: Int) -> Bool {
        if isIn[key] {
            list.remove(Int32(key))
            list.pushNewest(Int32(key), bytes: bytes)
            return true
        }
        if bytes > capacity { return false }
        while list.total[0] + bytes > capacity {
            let victim = list.oldest[0]
            list.remove(victim)
            isIn[Int(victim)] = false
        }
        list.pushNewest(Int32(key), bytes: bytes)
        isIn[key] = true
        return false
    }
}

/// Zhang et al., NSDI 2024: a hand goes from the oldest to the newest, clears the mark of what was
/// asked for, and stops to evict where there is none.
struct SIEVE: ReplacementModel {
    static let name = "SIEVE"
    private let capacity: Int
    private var list: KeyLists
    private var isIn: [Bool]
    private var isVisited: [Bool]
    private var hand = KeyLists.none

    init(capacityBytes: Int, keyCount: Int) {
        capacity = capacityBytes
        list = KeyLists(keyCount: keyCount, listCount: 1)
        isIn = Array(repeating: false, count: keyCount)
        isVisited = isIn
    }

    mutating func request(_ key: Int, bytes: Int) -> Bool {
        if isIn[key] {
            isVisited[key] = true
            return true
        }
        if bytes > capacity { return false }
        while list.total[0] + bytes > capacity { evict() }
        list.pushNewest(Int32(key), bytes: bytes)
        isIn[key] = true
        isVisited[key] = false
        return false
    }

    private mutating func evict() {
        var victim = hand == KeyLists.none ? list.oldest[0] : hand
        while isVisited[Int(victim)] {
            isVisited[Int(victim)] = false
            victim = list.newer(than: victim)
            if victim == KeyLists.none { victim = list.oldest[0] }
        }
        hand = list.newer(than: victim)
        list.remove(victim)
        isIn[Int(victim)] = false
    }
}

/// Yang et al., SOSP 2023, with the paper's parameters: a tenth is the small queue, two hits carry
/// an object out of it, as many bytes of ghosts as the main queue has.
struct S3FIFO: ReplacementModel {
    static let name = "S3-FIFO"
    private enum Place: Int { case nowhere = -1, small, main, ghost }
    private let capacity: Int
    private let smallCapacity: Int
    private var lists: KeyLists
    private var places: [Place]
    private var hits: [UInt8]

    init(capacityBytes: Int, keyCount: Int) {
        capacity = capacityBytes
        smallCapacity = capacityBytes / 10
        lists = KeyLists(keyCount: keyCount, listCount: 3)
        places = Array(repeating: .nowhere, count: keyCount)
        hits = Array(repeating: 0, count: keyCount)
    }

    mutating func request(_ key: Int, bytes: Int) -> Bool {
        if places[key] == .small || places[key] == .main {
            hits[key] = min(hits[key] + 1, 3)
            return true
        }
        if bytes > capacity { return false }
        while lists.total[0] + lists.total[1] + bytes > capacity { evict() }
        let wasGhost = places[key] == .ghost
        if wasGhost { lists.remove(Int32(key), list: Place.ghost.rawValue) }
        put(Int32(key), bytes: bytes, in: wasGhost ? .main : .small)
        hits[key] = 0
        return false
    }

    private mutating func put(_ key: Int32, bytes: Int, in place: Place) {
        lists.pushNewest(key, bytes: bytes, list: place.rawValue)
        places[Int(key)] = place
    }

    private mutating func evict() {
        if lists.total[0] > smallCapacity || lists.oldest[1] == KeyLists.none {
            evictSmall()
        } else {
            evictMain()
        }
    }

    private mutating func evictSmall() {
        let key = lists.oldest[0]
        let bytes = lists.bytes(of: key)
        lists.remove(key, list: 0)
        if hits[Int(key)] > 1 {
            put(key, bytes: bytes, in: .main)
            hits[Int(key)] = 0
        } else {
            put(key, bytes: bytes, in: .ghost)
            while lists.total[2] > capacity - smallCapacity {
                let forgotten = lists.oldest[2]
                lists.remove(forgotten, list: 2)
                places[Int(forgotten)] = .nowhere
            }
        }
    }

    private mutating func evictMain() {
        let key = lists.oldest[1]
        let bytes = lists.bytes(of: key)
        lists.remove(key, list: 1)
        if hits[Int(key)] > 0 {
            hits[Int(key)] -= 1
            put(key, bytes: bytes, in: .main)
        } else {
            places[Int(key)] = .nowhere
        }
    }
}
