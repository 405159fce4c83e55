internal import Events
internal import Hints
internal import ImageIndex
internal import Ingest
internal import LinuxIO
internal import ObjectStore
internal import Rendition
internal import Store
internal import Text

// One look at an object: what is there now, and what that makes of what was taken before.
extension Intake {
    private static let pieceByteCount = 256 << 10

    private static let labelsTooLong = Report.failed(
        reason: "labels-too-long",
        detail: "The name, or the owner or a tag in it, is longer than the index can keep.",
        owner: nil, hash: nil)

    /// What the machine may have had a part in is the picture's own fault after so many times: by
    /// `RetryPause` that is half an hour.
    private static let patience = 12

    private enum Failure: Error {
        /// Of the bucket or of this edge: what else is looked at would fail with it.
        case everybodys(String)
        /// Of this object, for now.
        case its(String)
        case store(StoreError)
    }

    func look(_ look: Look) async {
        do throws(StoreError) {
            guard let (bucket, client) = bucket(of: look.object),
                let labels = bucket.labels(for: look.object.key)
            else {
                // It is not watched any more.
                return try await book.settle(look, .same, deletes: false)
            }
            guard labels.isPossible(for: look.object.key) else {
                report(look.object, Self.labelsTooLong)
                return try await book.settle(look, .same, deletes: false)
            }
            do throws(Failure) {
                try await take(look, bucket, client, labels)
                noteSuccess(in: look.object.bucket)
            } catch {
                try await postpone(look, error)
            }
        } catch {
            // It is there still; where nothing can be written the disk is full or failing.
            let isNews = noteFailure(in: look.object.bucket)
            report(look.object, .deferred(reason: "\(error)", isNews: isNews))
        }
    }

    private func postpone(_ look: Look, _ failure: Failure) async throws(StoreError) {
        switch failure {
        case .everybodys(let reason):
            let isNews = noteFailure(in: look.object.bucket)
            report(look.object, .deferred(reason: reason, isNews: isNews))
        case .its(let reason):
            noteSuccess(in: look.object.bucket)
            report(look.object, .deferred(reason: reason, isNews: look.attempts == 0))
        case .store(let error): throw error
        }
        let pause = RetryPause.microseconds(after: look.attempts)
        try await book.postpone(look, to: Clock.wallMicroseconds() + pause)
    }

    private func take(
        _ look: Look, _ bucket: WatchedBucket, _ client: ObjectClient, _ labels: ObjectLabels
    ) async throws(Failure) {
        var known: TakenObject?
        do throws(StoreError) { known = try book.taken(look.place) } catch { throw .store(error) }
        // By other rules it is another's now.
        if let image = known?.image, image.owner != labels.owner { known = nil }
        var fetched: FetchedObject?
        do throws(ObjectError) {
            fetched = try await fetch(look, client, unless: known)
        } catch {
            return try await settle(error, of: look, bucket, client, labels)
        }
        if fetched == nil, let known, try await isToComeBack(known, look, client) {
            do throws(ObjectError) {
                fetched = try await fetch(look, client, unless: nil)
            } catch {
                return try await settle(error, of: look, bucket, client, labels)
            }
        }
        guard let fetched else {
            report(look.object, .unchanged)
            return try await settle(look, .same, bucket)
        }
        try await keep(fetched, look, bucket, labels)
    }

    private func fetch(
        _ look: Look, _ client: ObjectClient, unless known: TakenObject?
    ) async throws(ObjectError) -> FetchedObject? {
        let directory = settings.directory
        return try await client.fetch(
            named: look.object.key.string, unless: known?.etag ?? "",
            byteLimit: settings.byteLimit
        ) { () throws(SystemError) in
            SharedDescriptor(try Directory(existing: directory).createUnnamed())
        }
    }

    /// Whether what was taken is here no more and has been put again since: the same bytes, which
    /// the entity tag does not tell. An event that only comes late or twice brings nothing back
    /// that was deleted here.
    private func isToComeBack(
        _ known: TakenObject, _ look: Look, _ client: ObjectClient
    ) async throws(Failure) -> Bool {
        guard let image = known.image else { return try await isNewer(known, look, client) }
        do throws(ImageIndexError) {
            // Another edge may have deleted it a moment ago.
            _ = try await ingest.index.find(image.hash)
            switch try await ingest.index.image(image.hash, .any(preferring: image.owner)) {
            case .present(let document) where document.owner == image.owner: return false
            case .unknown: return true
            case .present, .deleted, .blocked: break
            }
        } catch { throw .everybodys("index: \(error)") }
        return try await isNewer(known, look, client)
    }

    private func isNewer(
        _ known: TakenObject, _ look: Look, _ client: ObjectClient
    ) async throws(Failure) -> Bool {
        guard !known.lastModified.isEmpty else { return false }
        do throws(ObjectError) {
            let time = try await client.field("last-modified", of: look.object.key.string)
            return time.map { UTF8String($0) != UTF8String(known.lastModified) } ?? false
        } catch { throw .everybodys("\(error)") }
    }

    /// What could not be fetched.
    private func settle(
        _ error: ObjectError, of look: Look, _ bucket: WatchedBucket, _ client: ObjectClient,
        _ labels: ObjectLabels
    ) async throws(Failure) {
        switch error {
        case .notFound:
            do throws(ObjectError) {
                guard try await client.isAbsent(look.object.key.string) else {
                    throw .unavailable("it changes")
                }
            } catch { throw .everybodys("\(error)") }
            report(look.object, .absent)
            try await settle(look, .absent, bucket)
        case .tooLarge:
            // Without its tag: it is asked for again at the next hint, and refused by its length.
            refuse(look, .tooLarge(limit: settings.byteLimit), labels)
            try await settle(look, .now(TakenObject("", 0, nil)), bucket)
        default: throw .everybodys("\(error)")
        }
    }

    private func keep(
        _ fetched: FetchedObject, _ look: Look, _ bucket: WatchedBucket, _ labels: ObjectLabels
    ) async throws(Failure) {
        var upload = Ingest.Upload(byteLimit: settings.byteLimit)
        (upload.name, upload.owner, upload.tags) = (look.object.key, labels.owner, labels.tags)
        upload.isTriedAgain = look.attempts < Self.patience
        await locks.acquire(fetched.hash)
        defer { locks.release(fetched.hash) }
        var image: TakenImage?
        do throws(UploadError) {
            var offset = 0
            let outcome = try await ingest.take(upload) {
                let piece = try Files.read(
                    fetched.file.rawValue, offset: offset, byteCount: Self.pieceByteCount)
                offset += piece.count
                return piece.isEmpty ? nil : piece
            }
            image = TakenImage(fetched.hash, labels.owner)
            if case .created = outcome {
                report(look.object, .taken(isNew: true))
            } else {
                report(look.object, .taken(isNew: false))
            }
        } catch {
            if error.isPassing { throw .everybodys(error.word) }
            if upload.isTriedAgain, error.mayPass { throw .its(error.detail) }
            refuse(look, error, labels)
        }
        let object = TakenObject(
            fetched.etag, lastModified: fetched.lastModified, fetched.byteCount, image)
        try await settle(look, .now(object), bucket)
    }

    private func refuse(_ look: Look, _ error: UploadError, _ labels: ObjectLabels) {
        var hash: ContentHash?
        if case .refused(let refused, _) = error { hash = refused }
        report(
            look.object,
            .failed(
                reason: error.word, detail: error.detail, owner: labels.owner, hash: hash))
    }

    private func settle(
        _ look: Look, _ finding: LookBook.Finding, _ bucket: WatchedBucket
    ) async throws(Failure) {
        do throws(StoreError) {
            try await book.settle(look, finding, deletes: bucket.deletes)
        } catch { throw .store(error) }
    }

    /// Takes away an image that is no object's any more, or its name that was the object's;
    /// `false`: not yet.
    func depart(_ key: [UInt8], _ departure: Departure) async -> Bool {
        let image = departure.image
        await locks.acquire(image.hash)
        defer { locks.release(image.hash) }
        do {
            // Nobody's is everybody's: of a bucket that had no owner before it had deletions.
            if image.owner != nil {
                if try !book.isHeld(image) {
                    _ = try await ingest.delete(
                        image.hash, block: false, expecting: nil, of: image.owner
                    ) { await purge(image.hash) }
                } else if let name = departure.name, try !isHeld(image, as: name) {
                    try await ingest.forget(name, of: image.hash, owner: image.owner)
                }
            }
            try await book.departed(key, departure)
            return true
        } catch { return false }
    }

    /// Whether an object of this name has it, in any bucket.
    private func isHeld(_ image: TakenImage, as name: UTF8String) throws(StoreError) -> Bool {
        for bucket in settings.buckets {
            let object = ObjectHint(bucket: UTF8String(bucket.place.bucket), key: name)
            if try book.isHeld(image, at: ObjectPlace(object)) { return true }
        }
        return false
    }
}

extension ObjectLabels {
    fileprivate func isPossible(for name: UTF8String) -> Bool {
        do throws(ImageIndexError) {
            try ImageDocument.checkLimits(name: name, owner: owner, tags: tags)
            return true
        } catch { return false }
    }
}
