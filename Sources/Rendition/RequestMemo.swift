/// The requests that came last, by their targets, each with the key of its rendition: what is asked
/// for often is parsed and hashed once. Parsing and key were an eighth of a hit.
///
/// A table of fixed size: a hash finds the slot, the target kept there proves it, and a newcomer
/// takes the place of who lies there. Only canonical targets are kept, so what is remembered needs
/// no more checks. Not `Sendable`: one for each event loop.
@safe package final class RequestMemo {
    /// 300 KB a loop.
    private static let slotCount = 1024
    /// Longer targets are parsed each time. The shortest one that parses has 75 bytes.
    private static let targetByteLimits = 16...176

    private struct Slot {
        var byteCount = 0
        var target = InlineArray<176, UInt8>(repeating: 0)
        var request: RenditionRequest
        var resolved: Resolved
    }

    /// The key of a request whose format was negotiated, or named.
    private struct Resolved {
        var format = FormatChoice.negotiated
        var key: RenditionKey
    }

    /// A request and where it is kept.
    package struct Entry {
        package let request: RenditionRequest
        fileprivate let slot: Int?

        fileprivate init(request: RenditionRequest, slot: Int?) {
            (self.request, self.slot) = (request, slot)
        }

        /// Of a request that no target alone stands for.
        package init(unkept request: RenditionRequest) { self.init(request: request, slot: nil) }
    }

    private let policy: RenditionPolicy
    private let pipeline: PipelineVersion
    private let slots: UnsafeMutablePointer<Slot>

    package init(policy: RenditionPolicy, pipeline: PipelineVersion) {
        (self.policy, self.pipeline) = (policy, pipeline)
        let nothing = ContentHash(bytes: SIMD32())
        let empty = Slot(
            request: RenditionRequest(original: nothing, width: 0),
            resolved: Resolved(key: RenditionKey(original: nothing, digest: SIMD16())))
        unsafe slots = .allocate(capacity: Self.slotCount)
        unsafe slots.initialize(repeating: empty, count: Self.slotCount)
    }

    deinit { unsafe slots.deallocate() }

    /// What `target` asks for (`RenditionRequest.parse`). No allocation for a canonical target.
    @inline(__always)
    package func entry(for target: Span<UInt8>) throws(RenditionRequest.Invalid) -> Entry {
        guard Self.targetByteLimits.contains(target.count) else {
            return Entry(
                request: try RenditionRequest.parse(target: target, policy: policy), slot: nil)
        }
        let index = unsafe Self.slot(of: target.bytes)
        if unsafe slots[index].byteCount == target.count {
            let isSame = unsafe slots[index].target.span.extracting(first: target.count).bytes
                .isSame(as: target.bytes)
            if isSame { return Entry(request: unsafe slots[index].request, slot: index) }
        }
        return try parse(target, into: index)
    }

    @inline(never)
    private func parse(
        _ target: Span<UInt8>, into index: Int
    ) throws(RenditionRequest.Invalid) -> Entry {
        let request = try RenditionRequest.parse(target: target, policy: policy)
        guard request.isCanonical else { return Entry(request: request, slot: nil) }
        unsafe slots[index].byteCount = target.count
        for offset in target.indices { unsafe slots[index].target[offset] = target[offset] }
        unsafe slots[index].request = request
        unsafe slots[index].resolved.format = .negotiated
        return Entry(request: request, slot: index)
    }

    /// The key of the entry's rendition in the format that `recipe` was resolved to.
    @inline(__always)
    package func key(of entry: Entry, resolvedTo recipe: Recipe) -> RenditionKey {
        if let slot = entry.slot, unsafe slots[slot].resolved.format == recipe.format {
            return unsafe slots[slot].resolved.key
        }
        return makeKey(of: entry, recipe)
    }

    @inline(never)
    private func makeKey(of entry: Entry, _ recipe: Recipe) -> RenditionKey {
        let key = RenditionKey(
            original: entry.request.original, recipe: recipe, pipeline: pipeline,
            limits: policy.limits)
        if let slot = entry.slot {
            unsafe slots[slot].resolved = Resolved(format: recipe.format, key: key)
        }
        return key
    }

    /// Of at least 16 bytes. Who finds targets that meet makes them be parsed, nothing worse.
    private static func slot(of target: RawSpan) -> Int {
        var hash = UInt64(truncatingIfNeeded: target.byteCount)
        var offset = 0
        while offset < target.byteCount {
            hash = (hash ^ target.word(at: offset)) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
            offset += 8
        }
        return Int(truncatingIfNeeded: hash >> 32) & (slotCount - 1)
    }
}

extension RawSpan {
    /// Eight bytes; at the end the last eight, which overlap those before them.
    @inline(__always)
    fileprivate func word(at offset: Int) -> UInt64 {
        unsafe unsafeLoadUnaligned(
            fromByteOffset: Swift.min(offset, byteCount - 8), as: UInt64.self)
    }

    /// Of as many bytes.
    @inline(__always)
    fileprivate func isSame(as other: RawSpan) -> Bool {
        var offset = 0
        while offset < byteCount {
            if word(at: offset) != other.word(at: offset) { return false }
            offset += 8
        }
        return true
    }
}
