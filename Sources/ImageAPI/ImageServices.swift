package import Answers
package import Digest
package import ImageIndex
package import Ingest
internal import Intake
package import Permission
package import Rendering
package import Telemetry
package import Text

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
        /// Of what stores send their events under; `nil`: none are taken.
        package var eventSecret: SHA256Digest?
        /// Of which messages of SNS are taken.
        package var eventTopics: [UTF8String] = []
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
    let inbox: HintInbox
    let sns: SNSGate

    package init(
        settings: Settings, desk: RenderDesk, ingest: Ingest, partial: PartialUploads,
        index: any ImageIndex, permissions: Permissions, fieldSets: FieldSets, links: LinkMaker,
        events: EventLog,
        refused: RefusedUploads, inbox: HintInbox
    ) {
        (self.settings, self.desk, self.ingest, self.index) = (settings, desk, ingest, index)
        self.partial = partial
        (self.permissions, self.fieldSets) = (permissions, fieldSets)
        (self.links, self.events, self.refused) = (links, events, refused)
        self.inbox = inbox
        sns = SNSGate(topics: settings.eventTopics)
    }
}
