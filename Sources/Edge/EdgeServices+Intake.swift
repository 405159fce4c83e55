internal import Hints
internal import ImageAPI
internal import ImageIndex
internal import Ingest
package import Intake
internal import JSON
internal import LinuxIO
internal import ObjectStore
internal import Rendering
internal import Rendition
internal import RenditionCache
package import Telemetry
internal import Text

extension EdgeServices {
    /// Begins to take in what lies in buckets of others, as it is hinted at.
    package func openIntake(
        _ settings: Intake.Settings, events: EventLog
    ) throws(Intake.OpeningError) -> Intake {
        let (metrics, refused, desk) = (desk.metrics, images.refused, desk)
        let intake = try Intake(
            settings, ingest: ingest, pool: blocking,
            observe: { bucket, event in Self.log(event, of: bucket, events) },
            report: { object, report in
                metrics.count(report.counter)
                switch report {
                case .taken, .unchanged, .absent: break
                case .failed(let reason, let detail, let owner, let hash):
                    refused.append(
                        .init(
                            time: Clock.wallMicroseconds(), reason: reason, detail: detail,
                            hash: hash,
                            origin: UploadOrigin(name: object.key, owner: owner, requestID: nil)))
                    events.log(.warning, "bucket-object-failed") { json in
                        json.field("bucket", object.bucket.string)
                        json.field("key", object.key.string)
                        json.field("reason", reason)
                    }
                case .deferred(_, isNews: false): break
                case .deferred(let reason, isNews: true):
                    events.log(.warning, "bucket-object-deferred") { json in
                        json.field("bucket", object.bucket.string)
                        json.field("key", object.key.string)
                        json.field("reason", reason)
                    }
                }
            },
            resume: { bucket in
                events.log(.info, "bucket-resumed") { json in json.field("bucket", bucket) }
            },
            purge: { hash in
                _ = await desk.cache.purge(original: hash)
                await desk.masters?.purge(hash)
                desk.forgetFailures(of: hash)
            })
        inbox.open(intake)
        return intake
    }

    private static func log(_ event: ObjectEvent, of bucket: String, _ events: EventLog) {
        guard case .givenUp(let isAway) = event else { return }
        events.log(isAway ? .error : .info, isAway ? "bucket-away" : "bucket-back") { json in
            json.field("bucket", bucket)
        }
    }
}

extension Intake.Report {
    fileprivate var counter: Counter {
        switch self {
        case .taken(isNew: true): .objectsCreated
        case .taken(isNew: false): .objectsKnown
        case .unchanged: .objectsUnchanged
        case .absent: .objectsAbsent
        case .failed: .objectsFailed
        case .deferred: .objectsDeferred
        }
    }
}
