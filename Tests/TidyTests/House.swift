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
        room("LinuxIO", ["CLinux", "Text"], system: ["Glibc"]),
        room("HTTP"),
        room("Digest", ["CCrypto"]),
        room("Rendition", ["HTTP", "Digest", "Text"]),
        room("Coalescing"),
        room("Telemetry", ["Text"]),
        room("Configuration", ["Rendition", "Text"], system: ["Foundation"]),
        room("Store", ["CLMDB", "LinuxIO"], system: ["Glibc"]),
        room("RenditionCache", ["Store", "Rendition", "Digest", "LinuxIO"]),
        room("Events", ["Store", "Digest", "Telemetry", "LinuxIO"]),
        room(
            "ImageIndex", ["Store", "Rendition", "Events", "Telemetry", "LinuxIO", "Text"],
            system: ["Foundation"]),
        room(
            "Notifications",
            ["CCurl", "Store", "Events", "Digest", "Telemetry", "LinuxIO", "Text"],
            system: ["Foundation", "Glibc"]),
        room("Originals", ["LinuxIO", "Rendition", "Digest"]),
        room("Containers", ["Text"]),
        room("WorkerLink", ["Rendition"]),
        room("Workers", ["LinuxIO", "WorkerLink", "Rendition"]),
        room("HTTPServer", ["LinuxIO", "HTTP"]),
        room(
            "Ingest",
            [
                "Originals", "ImageIndex", "Workers", "WorkerLink", "Rendition", "Digest",
                "LinuxIO",
                "Text",
            ],
            system: ["Foundation"]),
        room(
            "Edge",
            [
                "LinuxIO", "HTTP", "Digest", "Rendition", "Coalescing", "Telemetry", "Store",
                "RenditionCache", "Events", "ImageIndex", "Originals", "WorkerLink", "Workers",
                "HTTPServer", "Ingest", "COpenAPI", "Text",
            ], system: ["Foundation"]),
        room("Client", ["LinuxIO", "Text"], system: ["Foundation", "Glibc"]),
        room(
            "pollex",
            [
                "Client", "Edge", "Ingest", "Events", "Notifications", "Configuration", "LinuxIO",
                "HTTP", "HTTPServer", "Workers", "WorkerLink", "RenditionCache", "ImageIndex",
                "Originals", "Telemetry", "Rendition", "Digest", "Text",
            ], system: ["Foundation", "Glibc"]),
        room(
            "Imaging", ["CVips", "CVipsShim", "Containers", "WorkerLink", "Rendition"],
            system: ["Glibc"]),
        room("Sandbox", ["CSeccomp", "WorkerLink", "Rendition"]),
        room(
            "pollex-worker", ["Imaging", "Sandbox", "WorkerLink", "Rendition", "LinuxIO"],
            system: ["Glibc"]),
        room(
            "pollex-fuzz",
            [
                "HTTP", "Rendition", "Telemetry", "Containers", "WorkerLink", "Configuration",
                "ImageIndex", "Ingest", "Edge", "Text",
            ],
            system: ["Glibc"]),
    ]

    /// Modules of the toolchain that need no row of their own.
    static let everywhere: Set<String> = ["Synchronization"]
    /// C modules that only other C modules see.
    static let shims: Set<String> = [
        "CLinux", "CCrypto", "CLMDB", "CVips", "CVipsShim", "CSeccomp", "CCurl", "COpenAPI",
    ]

    private static func room(
        _ name: String, _ modules: Set<String> = [], system: Set<String> = []
    ) -> Room {
        Room(name: name, modules: modules, system: system)
    }
}
