internal import ImageAPI
internal import ImageIndex
package import Ingest
internal import JSON
internal import LinuxIO
internal import Rendering
package import Telemetry
internal import Text

extension EdgeServices {
    /// Begins to take what is put into the folder.
    package func openDropFolder(
        _ settings: DropFolder.Settings, events: EventLog
    ) throws(DropFolder.OpeningError) -> DropFolder {
        let (metrics, refused) = (desk.metrics, images.refused)
        return try DropFolder(settings, ingest: ingest, pool: blocking) { path, report in
            switch report {
            case .taken(let isNew): metrics.count(isNew ? .dropCreated : .dropKnown)
            case .failed(let reason, let detail):
                metrics.count(.dropFailed)
                refused.append(
                    .init(
                        time: Clock.wallMicroseconds(), reason: reason, detail: detail,
                        origin: UploadOrigin(name: path, owner: nil, requestID: nil)))
                events.log(.warning, "drop-failed") { json in
                    json.field("path", path.string)
                    json.field("reason", reason)
                }
            case .leftAlone(let reason):
                events.log(.warning, "drop-left-alone") { json in
                    json.field("path", path.string)
                    json.field("reason", reason)
                }
            case .deferred(let reason):
                metrics.count(.dropDeferred)
                events.log(.warning, "drop-deferred") { json in
                    json.field("path", path.string)
                    json.field("reason", reason)
                }
            }
        }
    }
}
