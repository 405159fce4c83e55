// swift-tools-version: 6.2
import PackageDescription

// https://github.com/swiftlang/swift-evolution: SE-0335, SE-0409, SE-0444, SE-0461, SE-0470, SE-0481
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .strictMemorySafety(), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

/// The compiler's run-time checks that no two parts of the program change a value at once cost a
/// hit 7 % of its own time. Debug builds, and with them all tests, keep them.
let optimized: [SwiftSetting] = [
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
]

let strictC: [CSetting] = [
    .treatAllWarnings(as: .error), .enableWarning("all"), .enableWarning("extra"),
    .define("_GNU_SOURCE"),
]

/// A value that can not outlive the bytes it lies in says so itself.
let lifetimes: [SwiftSetting] = [.enableExperimentalFeature("Lifetimes")]

/// A Swift module and what it may import; TidyTests reads the imports against the same table.
func module(
    _ name: String, _ dependencies: [String] = [], settings: [SwiftSetting] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies.map { .init(stringLiteral: $0) },
        swiftSettings: strict + optimized + settings)
}

/// Loops over pixels, which tests run over whole photos: optimised in debug builds too.
let quickC: [CSetting] = strictC + [.unsafeFlags(["-O2"], .when(configuration: .debug))]

/// A C target: a shim with one header, so that a library's types stop at one Swift module.
func shim(
    _ name: String, _ dependencies: [String] = [], links: [String] = [],
    settings: [CSetting] = strictC
) -> Target {
    .target(
        name: name, dependencies: dependencies.map { .init(stringLiteral: $0) },
        cSettings: settings, linkerSettings: links.map { .linkedLibrary($0) })
}

func program(_ name: String, _ dependencies: [String]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies.map { .init(stringLiteral: $0) },
        swiftSettings: strict + optimized)
}

/// A benchmark that needs the modules themselves, under `loadtest/`.
func bench(_ name: String, _ dependencies: [String]) -> Target {
    .executableTarget(
        name: "bench-" + name, dependencies: dependencies.map { .init(stringLiteral: $0) },
        path: "loadtest/" + name, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [String]) -> Target {
    .testTarget(
        name: name,
        dependencies: (dependencies + ["TestSupport"]).map { .init(stringLiteral: $0) },
        swiftSettings: strict + optimized)
}

let package = Package(
    name: "pollex",
    products: [
        .executable(name: "pollex", targets: ["pollex"]),
        .executable(name: "pollex-worker", targets: ["pollex-worker"]),
    ],
    targets: [
        // C libraries, each imported by exactly one Swift module.
        shim("CLinux"),
        shim("CCrypto", links: ["crypto"]),
        shim("CTLS", links: ["ssl", "crypto"]),
        shim("CH2", links: ["nghttp2"]),
        .systemLibrary(name: "CLMDB", providers: [.apt(["liblmdb-dev"])]),
        .systemLibrary(
            name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CVips", pkgConfig: "vips", providers: [.apt(["libvips-dev"])]),
        shim("CSeccomp", links: ["seccomp"]),
        shim("CCurl", links: ["curl"]),
        shim("CTransfers", links: ["curl"]),
        shim(
            "CVipsShim", ["CVips"], links: ["jpeg", "dav1d", "de265", "jxl", "aom"],
            settings: quickC),
        .target(name: "COpenAPI", exclude: ["openapi.json"], cSettings: strictC),
        .target(name: "CConsole", exclude: ["files"], cSettings: strictC),

        // The edge, from the pure rules down to the room where they meet.
        module("Text"),
        module("Coding"),
        module("JSON", ["Coding", "Text"]),
        module("LinuxIO", ["CLinux", "Text", "Coding"]),
        module("HTTP", ["Coding"]),
        module("Digest", ["CCrypto"]),
        module("TLS", ["CTLS", "Coding"]),
        module("HTTP2", ["CH2"]),
        module("Rendition", ["HTTP", "Digest", "Text", "Coding"]),
        module("Coalescing"),
        module("Telemetry", ["LinuxIO", "Coding", "JSON"]),
        module("Store", ["CLMDB", "LinuxIO"]),
        module("RenditionCache", ["Store", "Rendition", "Digest", "LinuxIO", "Coding"]),
        module("Events", ["Store", "Digest", "LinuxIO", "Coding", "JSON"]),
        module(
            "ImageIndex", ["Store", "Rendition", "Events", "LinuxIO", "Text", "Coding", "JSON"]),
        module(
            "Notifications",
            [
                "CCurl", "Store", "Events", "Digest", "Telemetry", "LinuxIO", "Text", "Coding",
                "HTTP", "JSON",
            ]),
        module("PostgreSQL", ["CPostgreSQL", "LinuxIO"]),
        module(
            "SharedIndex",
            ["PostgreSQL", "ImageIndex", "Events", "Store", "Rendition", "LinuxIO", "Text"]),
        module("ObjectStore", ["CTransfers", "LinuxIO", "Rendition", "Digest", "Coding"]),
        module("Originals", ["ObjectStore", "LinuxIO", "Rendition", "Digest", "Text", "Coding"]),
        module("Containers", ["Text"]),
        module("WorkerLink", ["Rendition"]),
        module("Workers", ["LinuxIO", "WorkerLink", "Rendition"]),
        module("HTTPServer", ["LinuxIO", "HTTP", "TLS", "HTTP2"]),
        module(
            "Ingest",
            [
                "Originals", "ImageIndex", "Workers", "WorkerLink", "Rendition", "Digest",
                "LinuxIO", "Text", "Coding", "JSON",
            ]),
        module("Hints", ["JSON", "Text", "Coding"]),
        module(
            "Intake",
            [
                "Store", "Events", "ObjectStore", "Hints", "ImageIndex", "Ingest", "Rendition",
                "Digest", "LinuxIO", "Text",
            ]),
        module(
            "Rendering",
            [
                "LinuxIO", "HTTP", "Digest", "Rendition", "Coalescing", "Telemetry",
                "RenditionCache", "Events", "ImageIndex", "Originals", "WorkerLink", "Workers",
                "JSON",
            ]),
        module(
            "Export",
            [
                "LinuxIO", "Digest", "Rendition", "Store", "Events", "ImageIndex", "ObjectStore",
                "Rendering", "Telemetry", "Text", "JSON", "Ingest",
            ]),
        module(
            "Answers",
            [
                "LinuxIO", "HTTP", "Digest", "Rendition", "Telemetry", "RenditionCache",
                "HTTPServer", "Rendering", "Coding",
            ]),
        module(
            "Permission",
            [
                "LinuxIO", "HTTP", "Digest", "Rendition", "Coalescing", "Telemetry", "ImageIndex",
                "HTTPServer", "Text",
            ]),
        module(
            "ImageAPI",
            [
                "LinuxIO", "HTTP", "Digest", "Rendition", "Coalescing", "Telemetry",
                "RenditionCache", "ImageIndex", "WorkerLink", "HTTPServer", "Ingest", "Rendering",
                "Answers", "Permission", "Text", "Coding", "JSON", "Hints", "Intake", "Store",
            ]),
        module(
            "Edge",
            [
                "LinuxIO", "HTTP", "Rendition", "Coalescing", "Telemetry", "RenditionCache",
                "ImageIndex", "Originals", "Workers", "HTTPServer", "Ingest", "Rendering",
                "Answers", "Permission", "ImageAPI", "COpenAPI", "CConsole", "Text", "JSON",
                "Hints", "Intake", "ObjectStore", "Events", "Export",
            ], settings: lifetimes),
        module(
            "Operations",
            [
                "LinuxIO", "HTTP", "Rendition", "Telemetry", "RenditionCache", "ImageIndex",
                "WorkerLink", "HTTPServer", "Rendering", "Answers", "Permission", "ImageAPI",
                "Edge", "JSON",
            ]),
        module(
            "Configuration",
            [
                "ImageAPI", "Permission", "Answers", "Rendering", "Ingest", "HTTPServer", "HTTP",
                "Workers", "WorkerLink", "Notifications", "Events", "Rendition", "LinuxIO",
                "Text", "Coding", "ObjectStore", "Originals", "Intake", "Export",
                "ImageIndex",
            ]),
        module("Client", ["LinuxIO", "TLS", "Text", "JSON"]),
        program(
            "pollex",
            [
                "Client", "Rendering", "Answers", "Permission", "ImageAPI", "Edge", "Operations",
                "Ingest", "Events", "Notifications", "Configuration", "LinuxIO",
                "HTTP", "HTTPServer", "Workers", "WorkerLink", "RenditionCache", "ImageIndex",
                "Originals", "Telemetry", "Rendition", "Digest", "TLS", "Text", "Coding", "JSON",
                "ObjectStore", "PostgreSQL", "SharedIndex", "Store", "Intake", "Export",
            ]),

        // The worker: the only program that decodes bytes from outside.
        module(
            "Imaging", ["CVips", "CVipsShim", "Containers", "WorkerLink", "Rendition", "Coding"]),
        // The parsers under libFuzzer (make fuzz); replays inputs in an ordinary build.
        program(
            "pollex-fuzz",
            [
                "HTTP", "Rendition", "Telemetry", "Containers", "WorkerLink", "Configuration",
                "ImageIndex", "Ingest", "Rendering", "ImageAPI", "Text", "JSON", "HTTPServer",
                "LinuxIO", "HTTP2", "TLS", "Hints",
            ]),
        module("Sandbox", ["CSeccomp", "WorkerLink", "Rendition"]),
        program("pollex-worker", ["Imaging", "Sandbox", "WorkerLink", "Rendition", "LinuxIO"]),

        bench("churn", ["RenditionCache", "Store", "Rendition", "Digest", "LinuxIO"]),
        bench(
            "index", ["ImageIndex", "SharedIndex", "PostgreSQL", "Rendition", "Digest", "Text"]),
        bench("seal", ["Rendition", "Digest", "Coding"]),
        bench("trace", ["RenditionCache", "Rendition", "Digest", "LinuxIO"]),

        // What a worker can do to the edge, on request.
        .executableTarget(
            name: "test-worker", dependencies: ["WorkerLink", "Rendition", "LinuxIO"],
            path: "Tests/TestWorker", swiftSettings: strict),
        // What tests share: a seeded generator, scratch folders, waiting for states.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        tests("TextTests", ["Text"]),
        tests("CodingTests", ["Coding"]),
        tests("JSONTests", ["JSON", "Text"]),
        tests("LinuxIOTests", ["LinuxIO", "test-worker", "Text"]),
        tests("HTTPTests", ["HTTP"]),
        tests("DigestTests", ["Digest"]),
        tests("TLSTests", ["TLS"]),
        tests("HTTP2Tests", ["HTTP2"]),
        tests("RenditionTests", ["Rendition", "HTTP", "Digest"]),
        tests("CoalescingTests", ["Coalescing"]),
        tests("TelemetryTests", ["Telemetry", "JSON", "Text"]),
        tests("ConfigurationTests", ["Configuration", "Rendition", "Text"]),
        tests("StoreTests", ["Store"]),
        tests(
            "RenditionCacheTests", ["RenditionCache", "Rendition", "Digest", "LinuxIO", "Store"]),
        tests("EventsTests", ["Events", "Store", "JSON", "LinuxIO"]),
        tests("NotificationsTests", ["Notifications", "Events", "JSON", "Telemetry"]),
        tests("PostgreSQLTests", ["PostgreSQL"]),
        tests(
            "ImageIndexTests",
            [
                "ImageIndex", "SharedIndex", "PostgreSQL", "Rendition", "Events", "Store",
                "LinuxIO", "Text",
            ]),
        tests("ObjectStoreTests", ["ObjectStore", "Rendition", "Digest", "LinuxIO"]),
        tests(
            "OriginalsTests",
            ["Originals", "ObjectStore", "Rendition", "Digest", "LinuxIO", "Text"]),
        tests("HintsTests", ["Hints", "Text"]),
        tests("IntakeTests", ["Intake", "Hints", "Rendition", "Text"]),
        tests("ExportTests", ["Export", "Rendition", "Text"]),
        tests("WorkerLinkTests", ["WorkerLink", "Rendition"]),
        tests("WorkersTests", ["Workers", "WorkerLink", "Rendition", "LinuxIO", "test-worker"]),
        tests("IngestTests", ["Ingest", "Originals", "LinuxIO", "Rendition", "Text"]),
        tests("HTTPServerTests", ["HTTPServer", "HTTP", "HTTP2", "TLS", "LinuxIO"]),
        tests(
            "EdgeTests",
            [
                "Edge", "Operations", "Answers", "HTTP", "HTTPServer", "JSON", "LinuxIO",
                "Originals", "Text",
            ]),
        tests(
            "RenderingTests",
            ["Rendering", "Coalescing", "ImageIndex", "Rendition", "RenditionCache", "WorkerLink"]),
        tests(
            "AnswersTests",
            ["Answers", "HTTP", "HTTPServer", "LinuxIO", "Rendering", "Rendition"]),
        tests("PermissionTests", ["Permission", "Coalescing", "HTTP", "LinuxIO", "Telemetry"]),
        tests(
            "ImageAPITests",
            ["ImageAPI", "Answers", "HTTP", "ImageIndex", "JSON", "Rendition", "Text"]),
        tests(
            "ImagingTests",
            ["Imaging", "Containers", "WorkerLink", "Rendition", "LinuxIO", "pollex-worker"]),
        // A worker's stand-in that does what an injected program would; only the tests run it.
        .target(name: "CPlanted", path: "Tests/CPlanted", cSettings: strictC),
        .executableTarget(
            name: "planted-worker",
            dependencies: ["Sandbox", "WorkerLink", "Rendition", "CPlanted"],
            path: "Tests/PlantedWorker", swiftSettings: strict),
        tests("SandboxTests", ["planted-worker", "Sandbox", "WorkerLink", "LinuxIO"]),
        tests("FuzzTests", ["pollex-fuzz"]),
        tests(
            "ScenarioTests",
            [
                "pollex", "pollex-worker", "test-worker", "Digest", "LinuxIO", "ObjectStore",
                "Rendition",
            ]),
        tests("TidyTests", []),
    ],
    cLanguageStandard: .gnu11
)
