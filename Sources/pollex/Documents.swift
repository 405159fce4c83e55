internal import ImageIndex
internal import LinuxIO
internal import Rendition
internal import Synchronization

/// The documents of an index, read beside an edge that may be writing it.
enum Documents {
    static func hashes(in directory: String) throws(ImageIndexError) -> Set<ContentHash> {
        let index = try LocalImageIndex(directory: directory)
        defer { index.close() }
        let result = Mutex<Result<Set<ContentHash>, ImageIndexError>>(.success([]))
        let ended = Semaphore()
        // The index is asked as its callers in the edge do; here one thread waits for the answer.
        let task = Task {
            let found = await all(of: index)
            result.withLock { $0 = found }
            ended.signal()
        }
        withExtendedLifetime(task) { ended.wait() }
        return try result.withLock { $0 }.get()
    }

    private static func all(
        of index: LocalImageIndex
    ) async -> Result<Set<ContentHash>, ImageIndexError> {
        var hashes: Set<ContentHash> = []
        var cursor: ImageCursor?
        do throws(ImageIndexError) {
            repeat {
                let page = try await index.list(ImageQuery(), limit: 1000, after: cursor)
                for image in page.images { hashes.insert(image.hash) }
                cursor = page.next
            } while cursor != nil
            return .success(hashes)
        } catch { return .failure(error) }
    }
}
