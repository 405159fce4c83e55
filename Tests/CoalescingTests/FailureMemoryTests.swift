import Coalescing
import Testing

@Suite struct FailureMemoryTests {
    typealias Memory = FailureMemory<Int, String>

    static let (one, other) = (
        JobClient(SIMD16(repeating: 1)), JobClient(SIMD16(repeating: 2))
    )

    @Test func isRememberedUntilItsTime() {
        var memory = Memory(capacity: 4)
        memory.remember("a", of: 1, by: Self.one, until: .seconds(10), now: .zero)
        #expect(memory.failure(of: 1, now: .seconds(9)) == "a")
        #expect(memory.failure(of: 1, now: .seconds(10)) == nil)
        #expect(memory.failure(of: 2, now: .zero) == nil)
    }

    @Test func whoFillsItForgetsHisOwn() {
        var memory = Memory(capacity: 8)
        for key in 0..<3 {
            memory.remember("his", of: key, by: Self.other, until: .seconds(10), now: .zero)
        }
        for key in 100..<1000 {
            memory.remember("mine", of: key, by: Self.one, until: .seconds(10), now: .zero)
        }
        #expect(memory.count == 8)
        for key in 0..<3 { #expect(memory.failure(of: key, now: .zero) == "his") }
        #expect(memory.failure(of: 999, now: .zero) == "mine")
        #expect(memory.failure(of: 100, now: .zero) == nil)
    }

    @Test func whatIsOverMakesRoomFirst() {
        var memory = Memory(capacity: 2)
        memory.remember("old", of: 1, by: Self.one, until: .seconds(1), now: .zero)
        memory.remember("new", of: 2, by: Self.one, until: .seconds(9), now: .zero)
        memory.remember("newer", of: 3, by: Self.one, until: .seconds(9), now: .seconds(2))
        #expect(memory.failure(of: 2, now: .seconds(2)) == "new")
        #expect(memory.failure(of: 3, now: .seconds(2)) == "newer")
    }

    @Test func aKeyIsThereOnceAndCanBeForgotten() {
        var memory = Memory(capacity: 8)
        for text in ["a", "b"] {
            memory.remember(text, of: 1, by: Self.one, until: .seconds(9), now: .zero)
        }
        memory.remember("c", of: 2, by: Self.other, until: .seconds(9), now: .zero)
        #expect(memory.count == 2 && memory.failure(of: 1, now: .zero) == "b")
        memory.forget { $0 == 1 }
        #expect(memory.count == 1 && memory.failure(of: 1, now: .zero) == nil)
    }
}
