package import Answers
package import Export
package import HTTPServer
package import ImageAPI
package import Ingest
package import Notifications
package import Permission
package import Rendering
package import Rendition
package import Workers

/// Everything an operator can set, typed. The initial values here are the defaults; which name in
/// the file and in the environment reaches which property, and within what range, is the table in
/// `Configuration+Settings.swift`. Holding one leaves nothing to check.
package struct Configuration: Equatable, Sendable {
    /// The first public listener; `nil`: there are only those of `listeners`.
    package var listen: Endpoint? = Endpoint(loopbackPort: 8080)
    package var listeners: [ListenerSetting] = []
    package var proxies = Proxies()
    package var tls = TLS()
    /// Where a listener does not say it itself.
    package var http2 = true
    package var admin = Endpoint(loopbackPort: 8081)
    /// A directory; relative to the working directory unless it starts with a slash.
    package var data = "./data"
    /// Event loops; 0 is one a core.
    package var loops = 0
    package var logsAccess = true
    package var server = ServerLimits()
    /// Before the edge stops listening, for balancers to hear that it will.
    package var drainNotice = Duration.seconds(3)
    /// For requests under way when the edge stops.
    package var drain = Duration.seconds(30)
    package var images = ImageServices.Settings()
    /// What may be spent on pictures, and how renditions look.
    package var rendering = RenderDesk.Settings()
    /// How large a rendition may get, and what is negotiated; the rest is found at the start.
    package var renditions = RenditionPolicy()
    /// Worker processes; 0 is one a core.
    package var workers = WorkerConfiguration()
    package var cache = Cache()
    package var originals = OriginalStore()
    package var index = IndexStore()
    /// Of others, from which pictures are taken, or into which renditions go.
    package var buckets: [BucketSetting] = []
    package var storeEvents = StoreEvents()
    package var exportSettings: [ExportSetting] = []
    /// What they are, with their buckets; what is loaded has been resolved.
    package internal(set) var exports: [Export] = []
    package var delivery = Delivery()
    /// Names of sets of options; in the order of the file.
    package var presets: [Preset] = []
    package var watermarks: [WatermarkSetting] = []
    package var crossOrigin = CrossOrigin()
    package var auth = Authorization()
    package var console = Console.auto
    /// Scheme, host and port by which clients come.
    package var publicOrigin: String?
    package var quotas = Quotas.Limits()
    /// The folder whose files are taken in; `nil`: there is none.
    package var dropDirectory: String?
    package var drop = DropFolder.Settings()
    package var notifications = Notifier.Settings()
    /// `delivery.sizes` as URLs are read here; what is loaded has been resolved.
    package internal(set) var sizePolicy = SizePolicy.open

    package init() {}

    package struct Cache: Equatable, Sendable {
        package var byteCount = 8 << 30
        /// Of the masters that renditions are made from; 0: none are kept.
        package var masterByteCount = 2 << 30
    }

    package struct Delivery: Equatable, Sendable {
        package enum OriginalsRoute: String, CaseIterable, Sendable { case open, signed, off }

        /// Which renditions need no signature.
        package var sizes = Sizes.open
        package enum Sizes: Equatable, Sendable {
            case open, signed
            /// As they are written in URLs.
            case listed([String])
        }
        package var originals = OriginalsRoute.open
        /// The first signs, all verify.
        package var signingKeys: [SigningKey] = []
        package var takesClientHints = false
    }

    package struct Authorization: Equatable, Sendable {
        package enum Rule: String, CaseIterable, Sendable {
            case auto, open, token
            /// `auto` is open to who sits at the machine, on a listener that nobody outside can
            /// reach.
            package func access(isLocal: Bool) -> Access.Rule {
                switch self {
                case .open: .open
                case .token: .token
                case .auto: isLocal ? .local : .token
                }
            }
        }
        package var uploads = Rule.auto
        package var index = Rule.auto
        package var tokens: [AccessToken] = []
    }

    /// Whether there is the page for people at `/console/`.
    package enum Console: String, CaseIterable, Sendable { case auto, on, off }

    /// `auto` is for who sits at the machine, on a listener that nobody outside can reach.
    package var servesConsole: Bool { console == .on || (console == .auto && isLocal) }

    /// Who needs no token.
    package var uploadAccess: Access.Rule { auth.uploads.access(isLocal: isLocal) }
    package var indexAccess: Access.Rule { auth.index.access(isLocal: isLocal) }
}
