package import Rendition
package import Text

/// Everything an operator can set, typed. The initial values here are the defaults; which name in
/// the file and in the environment reaches which property, and within what range, is the table in
/// `Configuration+Settings.swift`. Holding one leaves nothing to check.
package struct Configuration: Equatable, Sendable {
    package var listen = Endpoint(loopbackPort: 8080)
    package var admin = Endpoint(loopbackPort: 8081)
    /// A directory; relative to the working directory unless it starts with a slash.
    package var data = "./data"
    /// Event loops; 0 is one a core.
    package var loops = 0
    /// Worker processes; 0 is one a core.
    package var workers = 0
    package var log = Log()
    package var limits = Limits()
    package var sandbox = Sandbox()
    package var cache = Cache()
    package var delivery = Delivery()
    /// Names of sets of options; in the order of the file.
    package var presets: [Preset] = []
    package var watermarks: [WatermarkSetting] = []
    package var cors = CORS()
    package var auth = Authorization()
    package var quotas = Quotas()
    package var drop = Drop()
    package var notifications = NotificationSettings()
    /// `delivery.sizes` as URLs are read here; what is loaded has been resolved.
    package internal(set) var sizePolicy = SizePolicy.open

    package init() {}

    package struct Log: Equatable, Sendable {
        package enum Destination: String, CaseIterable, Sendable { case stdout, off }
        package var access = Destination.stdout
    }

    /// What keeps a worker in.
    package struct Sandbox: Equatable, Sendable {
        package enum Part: String, CaseIterable, Sendable { case limits, landlock, seccomp }
        /// Parts that the kernel may lack; without any of the others the edge does not start.
        package var allowMissing: [Part] = []
    }

    package struct Cache: Equatable, Sendable {
        package var byteCount = 8 << 30
        /// Of the masters that renditions are made from; 0: none are kept.
        package var masterByteCount = 2 << 30
    }

    package struct Delivery: Equatable, Sendable {
        package enum Format: String, CaseIterable, Sendable { case avif, webp }
        package enum OriginalsRoute: String, CaseIterable, Sendable { case open, signed, off }

        /// What a URL without an extension may negotiate, beside JPEG and PNG, which always can be.
        package var formats: [Format] = [.avif, .webp]
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
        package enum ClientHints: String, CaseIterable, Sendable { case on, off }
        package var clientHints = ClientHints.off
        package var quality = Quality()
        package enum Colors: String, CaseIterable, Sendable { case srgb, p3 }
        package var colors = Colors.srgb
        package enum Light: String, CaseIterable, Sendable { case gamma, linear }
        package var light = Light.gamma
        package enum Rights: String, CaseIterable, Sendable { case keep, drop }
        package var rights = Rights.keep
    }

    /// What pages of other origins may do (Fetch standard, CORS protocol).
    package struct CORS: Equatable, Sendable {
        package enum Credentials: String, CaseIterable, Sendable { case on, off }
        /// Serialized origins, or `*` alone for every page.
        package var origins = ["*"]
        package var credentials = Credentials.off
    }

    /// 1…100 each, as the encoder of the format counts.
    package struct Quality: Equatable, Sendable {
        package var jpeg = 80
        package var webp = 80
        package var avif = 50
        package var jxl = 75
        /// Renditions no side of which is longer get `smallMore` more; 0: none does.
        package var smallSide = 0
        package var smallMore = 5
    }

    package struct Authorization: Equatable, Sendable {
        package enum Rule: String, CaseIterable, Sendable {
            case auto, open, token
            /// `auto` is open to who sits at the machine, on a listener that nobody outside can
            /// reach.
            package func reach(on listener: Endpoint) -> Reach {
                switch self {
                case .open: .everybody
                case .token: .tokens
                case .auto: listener.isLoopback ? .thisMachine : .tokens
                }
            }
        }
        /// Who needs no token.
        package enum Reach: String, Sendable {
            case everybody = "open"
            case thisMachine = "local"
            case tokens = "token"
        }
        package var uploads = Rule.auto
        package var index = Rule.auto
        package var tokens: [AccessToken] = []
    }

    /// Of one client; 0 is no limit.
    package struct Quotas: Equatable, Sendable {
        package var addressRequestsPerSecond = 0
        package var addressBytesPerDay = 0
        package var tokenRequestsPerSecond = 0
        package var tokenBytesPerDay = 0
        package var deliveryRequestsPerSecond = 0
    }

    /// The folder whose files are taken in.
    package struct Drop: Equatable, Sendable {
        /// `nil`: there is none.
        package var directory: String?
        package var owner: UTF8String?
        /// A file whose end was not seen has to stay as it is for so long.
        package var settling = Duration.seconds(2)
    }

    package var uploadReach: Authorization.Reach { auth.uploads.reach(on: listen) }
    package var indexReach: Authorization.Reach { auth.index.reach(on: listen) }
}
