package import Answers
internal import Coding
internal import HTTP
package import HTTPServer
internal import ImageIndex
internal import Ingest
internal import JSON
internal import LinuxIO
package import Permission
internal import Rendering
internal import Rendition
internal import Telemetry
internal import Text

/// What an operator and an owner look at: figures, and what was refused.
extension ImagesHandler {
    /// `GET /stats`.
    package func stats(_ grant: Grant) async throws(ProblemAnswer) -> Response {
        let metrics = services.desk.metrics
        if let counts = try? await services.index.counts() { metrics.set(.images, counts.present) }
        let process = ProcessReading.current()
        let wall = Clock.wallMicroseconds()
        return json(.ok) { json in
            json.beginObject()
            json.field("version", metrics.version)
            json.key("time")
            json.timestamp(microseconds: UInt64(clamping: wall))
            if let process {
                let seconds = Int(Double(wall) / 1e6 - process.startedAtSeconds)
                json.field("uptimeSeconds", max(0, seconds))
            }
            metrics.appendStats(to: &json, at: Clock.monotonicNanoseconds(), process: process)
            json.endObject()
        }
    }

    /// `GET /refusals`.
    package func listRefusals(_ grant: Grant) async throws(ProblemAnswer) -> Response {
        let items = try queryItems(known: ["limit", "owner"])
        let limit = try number("limit", items, in: 1...RefusedUploads.capacity, else: 100)
        let owner = grant.realm ?? items["owner"]
        // Of others there is nothing to see.
        let isOthers = !grant.reaches(items["owner"] ?? grant.realm)
        let entries = isOthers ? [] : services.refused.list(limit: limit, of: owner)
        return json(.ok) { json in
            json.beginObject()
            json.key("refusals")
            json.beginArray()
            for entry in entries { json.append(entry) }
            json.endArray()
            json.endObject()
        }
    }
}

extension JSONWriter {
    fileprivate mutating func append(_ entry: RefusedUploads.Entry) {
        beginObject()
        key("time")
        timestamp(microseconds: UInt64(clamping: entry.time))
        field("reason", entry.reason)
        field("detail", entry.detail)
        if let hash = entry.hash { field("hash", hash.hex) }
        entry.origin.append(to: &self)
        endObject()
    }
}
