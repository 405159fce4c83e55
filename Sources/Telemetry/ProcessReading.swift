internal import JSON
internal import LinuxIO

/// The process itself, under the names every Prometheus client library gives it.
package struct ProcessReading: Sendable {
    package var processorSeconds = 0.0
    package var residentBytes = 0
    package var virtualBytes = 0
    package var openDescriptors = 0
    package var descriptorLimit = 0
    package var threads = 0
    /// Since 1970.
    package var startedAtSeconds = 0.0

    package init() {}

    /// As it is now; `nil` where the kernel shows nothing of itself.
    package static func current() -> ProcessReading? {
        guard let usage = try? ProcessUsage() else { return nil }
        var reading = ProcessReading()
        let (seconds, attoseconds) = usage.processorTime.components
        reading.processorSeconds = Double(seconds) + Double(attoseconds) / 1e18
        reading.residentBytes = usage.residentBytes
        reading.virtualBytes = usage.virtualBytes
        reading.openDescriptors = usage.openDescriptors
        reading.descriptorLimit = usage.descriptorLimit
        reading.threads = usage.threads
        reading.startedAtSeconds = usage.startedAtSeconds
        return reading
    }

    /// Of `GET /stats`.
    func append(to json: inout JSONWriter) {
        json.key("process")
        json.beginObject()
        json.field("processorSeconds", processorSeconds)
        json.field("residentBytes", residentBytes)
        json.field("descriptors", openDescriptors)
        json.field("descriptorLimit", descriptorLimit)
        json.field("threads", threads)
        json.endObject()
    }

    func append(to text: inout ExpositionWriter) {
        text.begin(
            "process_cpu_seconds_total", "User and system time, workers not counted.",
            type: "counter")
        text.sample("process_cpu_seconds_total", value: processorSeconds)
        text.begin(
            "process_start_time_seconds", "When the process started, since 1970.", type: "gauge")
        text.sample("process_start_time_seconds", value: startedAtSeconds)
        for (name, help, value) in [
            ("process_resident_memory_bytes", "Memory in use.", residentBytes),
            ("process_virtual_memory_bytes", "Address space in use.", virtualBytes),
            ("process_open_fds", "Open file descriptors.", openDescriptors),
            ("process_max_fds", "File descriptors there may be.", descriptorLimit),
            ("process_threads", "Threads.", threads),
        ] {
            text.begin(name, help, type: "gauge")
            text.sample(name, labels: "", value: value)
        }
    }
}
