package import Events
package import Export
package import LinuxIO
package import Telemetry

extension EdgeServices {
    /// Begins to put what is made of images into a bucket.
    ///
    /// - Parameter journal: opened with the subscriber of the export.
    package func openExport(
        _ export: Export, journal: any DeliveryQueue, directory: String, events: EventLog
    ) throws(SystemError) -> ExportLine {
        try ExportLine(
            export, desk: desk, index: index, journal: journal, policy: settings.policy,
            directory: directory, pool: blocking, log: events)
    }
}
