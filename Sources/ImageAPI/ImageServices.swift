package import Answers
package import ImageIndex
package import Ingest
package import Permission
package import Rendering
package import Telemetry

/// What `/images` is made of, shared by all loops.
package final class ImageServices: Sendable {
    /// Of one `multipart/form-data` body.
    package struct FormLimits: Equatable, Sendable {
        package var byteCount = 2 << 30
        package var partCount = 64
        package var headByteCount = 8 << 10
        package init() {}
    }

    package struct Settings: Equatable, Sendable {
        package var uploadByteLimit = 512 << 20
        package var form = FormLimits()
        package var partial = PartialUploads.Limits()
        package init() {}
    }

    let settings: Settings
    let desk: RenderDesk
    let ingest: Ingest
    let partial: PartialUploads
    let index: any ImageIndex
    package let permissions: Permissions
    package let fieldSets: FieldSets
    /// As one without a token gets them.
    let links: LinkMaker
    let events: EventLog
    package let refused: RefusedUploads

    package init(
        settings: Settings, desk: RenderDesk, ingest: Ingest, partial: PartialUploads,
        index: any ImageIndex, permissions: Permissions, fieldSets: FieldSets, links: LinkMaker,
        events: EventLog,
        refused: RefusedUploads
    ) {
        (self.settings, self.desk, self.ingest, self.index) = (settings, desk, ingest, index)
        self.partial = partial
        (self.permissions, self.fieldSets) = (permissions, fieldSets)
        (self.links, self.events, self.refused) = (links, events, refused)
    }
}
