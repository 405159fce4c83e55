/// Who may import whom: the table of the architecture page, from the ground up. A module may
/// import only what its row names, and every name stands in an earlier row.
enum House {
    struct Room: Sendable {
        let name: String
        let modules: Set<String>
        /// Modules of the toolchain.
        let system: Set<String>
    }

    static let rooms: [Room] = [
        room("Text"),
        room("Coding"),
        room("JSON", ["Coding", "Text"]),
        room("LinuxIO", ["CLinux", "Text", "Coding"], system: ["Glibc"]),
        room("HTTP", ["Coding"]),
        room("Digest", ["CCrypto"]),
        room("TLS", ["CTLS", "Coding"]),
        room("HTTP2", ["CH2"]),
        room("Rendition", ["HTTP", "Digest", "Text", "Coding"]),
        room("Coalescing"),
        room("Telemetry", ["LinuxIO", "Coding", "JSON"]),
        room("Store", ["CLMDB", "LinuxIO"], system: ["Glibc"]),
        room("RenditionCache", ["Store", "Rendition", "Digest", "LinuxIO", "Coding"]),
        room("Events", ["Store", "Digest", "LinuxIO", "Coding", "JSON"]),
        room(
            "ImageIndex", ["Store", "Rendition", "Events", "LinuxIO", "Text", "Coding", "JSON"]),
        room(
            "Notifications",
            [
                "CCurl", "Store", "Events", "Digest", "Telemetry", "LinuxIO", "Text", "Coding",
                "HTTP", "JSON",
            ],
            system: ["Glibc"]),
        room("PostgreSQL", ["CPostgreSQL", "LinuxIO"], system: ["Glibc"]),
        room(
            "SharedIndex",
            ["PostgreSQL", "ImageIndex", "Events", "Store", "Rendition", "LinuxIO", "Text"],
            system: ["Glibc"]),
        room("ObjectStore", ["CTransfers", "LinuxIO", "Rendition", "Digest", "Coding"]),
        room("Originals", ["ObjectStore", "LinuxIO", "Rendition", "Digest", "Text", "Coding"]),
        room("Containers", ["Text"]),
        room("WorkerLink", ["Rendition"]),
        room("Workers", ["LinuxIO", "WorkerLink", "Rendition"]),
        room("HTTPServer", ["LinuxIO", "HTTP", "TLS", "HTTP2"]),
        room(
            "Ingest",
            [
                "Originals", "ImageIndex", "Workers", "WorkerLink", "Rendition", "Digest",
                "LinuxIO", "Text", "Coding", "JSON",
            ]),
        room("Hints", ["JSON", "Text", "Coding"]),
        room(
            "Intake",
            [
                "Store", "Events", "ObjectStore", "Hints", "ImageIndex", "Ingest", "Rendition",
                "Digest", "LinuxIO", "Text",
            ]),
        room(
            "Rendering",
            [
                "LinuxIO", "HTTP", "Digest", "Rendition", "Coalescing", "Telemetry",
                "RenditionCache", "Events", "ImageIndex", "Originals", "WorkerLink", "Workers",
                "JSON",
            ]),
        room(
            "Export",
            [
                "LinuxIO", "Digest", "Rendition", "Store", "Events", "ImageIndex", "ObjectStore",
                "Rendering", "Telemetry", "Text", "JSON", "Ingest",
            ]),
        room(
            "Answers",
            [
                "LinuxIO", "HTTP", "Digest", "Rendition", "Telemetry", "RenditionCache",
                "HTTPServer", "Rendering", "Coding",
            ]),
        room(
            "Permission",
            [
                "LinuxIO", "HTTP", "Digest", "Rendition", "Coalescing", "Telemetry", "ImageIndex",
                "HTTPServer", "Text",
            ]),
        room(
            "ImageAPI",
            [
                "LinuxIO", "HTTP", "Digest", "Rendition", "Coalescing", "Telemetry",
                "RenditionCache", "ImageIndex", "WorkerLink", "HTTPServer", "Ingest", "Rendering",
                "Answers", "Permission", "Text", "Coding", "JSON", "Hints", "Intake", "Store",
            ]),
        room(
            "Edge",
            [
                "LinuxIO", "HTTP", "Rendition", "Coalescing", "Telemetry", "RenditionCache",
                "ImageIndex", "Originals", "Workers", "HTTPServer", "Ingest", "Rendering",
                "Answers", "Permission", "ImageAPI", "COpenAPI", "CConsole", "Text", "JSON",
                "Hints", "Intake", "ObjectStore", "Events", "Export",
            ]),
        room(
            "Operations",
            [
                "LinuxIO", "HTTP", "Rendition", "Telemetry", "RenditionCache", "ImageIndex",
                "WorkerLink", "HTTPServer", "Rendering", "Answers", "Permission", "ImageAPI",
                "Edge", "JSON",
            ]),
        room(
            "Configuration",
            [
                "ImageAPI", "Permission", "Answers", "Rendering", "Ingest", "HTTPServer", "HTTP",
                "Workers", "WorkerLink", "Notifications", "Events", "Rendition", "LinuxIO",
                "Text", "Coding", "ObjectStore", "Originals", "Intake", "Export",
                "ImageIndex",
            ], system: ["Glibc"]),
        room("Client", ["LinuxIO", "TLS", "Text", "JSON"], system: ["Glibc"]),
        room(
            "pollex",
            [
                "Client", "Rendering", "Answers", "Permission", "ImageAPI", "Edge", "Operations",
                "Ingest", "Events", "Notifications", "Configuration", "LinuxIO",
                "HTTP", "HTTPServer", "Workers", "WorkerLink", "RenditionCache", "ImageIndex",
                "Originals", "Telemetry", "Rendition", "Digest", "TLS", "Text", "Coding", "JSON",
                "ObjectStore", "PostgreSQL", "SharedIndex", "Store", "Intake", "Export",
            ], system: ["Glibc"]),
        room(
            "Imaging", ["CVips", "CVipsShim", "Containers", "WorkerLink", "Rendition", "Coding"],
            system: ["Glibc"]),
        room("Sandbox", ["CSeccomp", "WorkerLink", "Rendition"]),
        room(
            "pollex-worker", ["Imaging", "Sandbox", "WorkerLink", "Rendition", "LinuxIO"],
            system: ["Glibc"]),
        room(
            "pollex-fuzz",
            [
                "HTTP", "Rendition", "Telemetry", "Containers", "WorkerLink", "Configuration",
                "ImageIndex", "Ingest", "Rendering", "ImageAPI", "Text", "JSON", "HTTPServer",
                "LinuxIO", "HTTP2", "TLS", "Hints",
            ],
            system: ["Glibc"]),
    ]

    /// Modules of the toolchain that need no row of their own.
    static let everywhere: Set<String> = ["Synchronization"]
    /// C modules that only other C modules see.
    static let shims: Set<String> = [
        "CLinux", "CCrypto", "CTLS", "CH2", "CLMDB", "CVips", "CVipsShim", "CSeccomp", "CCurl",
        "CTransfers", "CPostgreSQL", "COpenAPI", "CConsole",
    ]

    private static func room(
        _ name: String, _ modules: Set<String> = [], system: Set<String> = []
    ) -> Room {
        Room(name: name, modules: modules, system: system)
    }
}
