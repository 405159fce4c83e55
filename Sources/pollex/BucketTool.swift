internal import Configuration
internal import ImageIndex
internal import LinuxIO
internal import ObjectStore
internal import Originals
internal import Rendition

/// A bucket of originals, for commands: asked from their own threads, beside an edge that may run.
struct BucketTool: Sendable {
    let client: ObjectClient
    let data: String
    let jobs: Int
    private let pool: BlockingPool

    init(_ configuration: Configuration, jobs: Int) throws(CommandFailure) {
        guard let bucket = configuration.originals.bucket else {
            throw .invalid("originals.store is not s3: there is no bucket")
        }
        (data, self.jobs) = (configuration.data, jobs)
        var settings = configuration.originals.client
        settings.connections = max(settings.connections, jobs)
        do throws(SystemError) {
            client = try ObjectClient(bucket, settings) { _ in }
            pool = try BlockingPool(threadCount: jobs)
        } catch { throw .failed("\(error)") }
    }

    /// For a thread, which waits for it.
    func wait<Value: Sendable>(
        _ body: @escaping @Sendable () async throws(ObjectError) -> Value
    ) -> Result<Value, ObjectError> {
        pool.result(of: body)
    }

    /// All objects that are named by a hash.
    func list() throws(CommandFailure) -> [ListedObject] {
        let listed = wait { [client] () async throws(ObjectError) in
            var objects: [ListedObject] = []
            try await client.forEach { object throws(ObjectError) in
                objects.append(object)
                return true
            }
            return objects
        }
        do throws(ObjectError) { return try listed.get() } catch {
            throw .failed("the bucket can not be listed: \(error)")
        }
    }

    /// The bytes of one, held against its name, in a file without a name.
    func fetch(_ object: ListedObject) -> Result<SharedDescriptor, ObjectError> {
        wait { [client, data] () async throws(ObjectError) in
            try await client.fetch(object.hash, byteLimit: object.byteCount) {
                () throws(SystemError) in
                SharedDescriptor(try Directory(existing: data).createUnnamed())
            }.file
        }
    }

    /// Of all images that are present.
    func indexed() throws(CommandFailure) -> Set<ContentHash> {
        do throws(StoredIndex.Failure) {
            return try StoredIndex(of: data).hashes()
        } catch { throw .failed("\(data)/index: \(error)") }
    }
}

extension BlockingPool {
    /// For a thread of a command, which waits for it.
    func result<Value: Sendable>(
        of body: @escaping @Sendable () async throws(ObjectError) -> Value
    ) -> Result<Value, ObjectError> {
        wait {
            do throws(ObjectError) { return .success(try await body()) } catch {
                return .failure(error)
            }
        }
    }
}
