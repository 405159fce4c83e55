internal import Answers
internal import HTTP
internal import HTTPServer
internal import ImageAPI
internal import Ingest
internal import Notifications
internal import Permission
internal import Rendering
internal import Rendition
internal import WorkerLink
internal import Workers

extension Configuration {
    /// Every key there is. Parsing, environment names, ranges, error texts and the listing of
    /// `--help` are made of this table and nothing else.
    package static let settings: [Setting] =
        listeners + secureListeners + originalSettings + indexSettings + bucketSettings
        + exportSettings + requestLimits + connectionLimits
        + pictureLimits + jobLimits
        + delivery
        + crossOrigin.map(\.live) + access + quotas.map(\.live) + drop + notificationSettings

    private static let listeners: [Setting] = [
        .optionalEndpoint("listen", \.listen, "public listener"),
        .listeners("listeners", \.listeners, "further public listeners"),
        .networks(
            "proxies.trusted", \.proxies.trusted,
            "whose word is taken for who the client is"),
        .choice(
            "proxies.field", \.proxies.forwarding, ListenerSetting.forwardingWords,
            "the field in which they say it"),
        .optionalText(
            "public.url", \.publicOrigin, "scheme, host and port, such as https://images.example",
            "by which clients come: what links and redirections begin with",
            where: { Setting.isOrigin($0) && $0.utf8.starts(with: "http".utf8) }
        ).live,
        .endpoint("admin", \.admin, "health, metrics, purge"),
        .text("data", \.data, "directory of everything kept"),
        .number("loops", \.loops, 0...256, "event loops; 0: one a core it may use"),
        .number(
            "workers", \.workers.concurrency, 0...256, "decoder processes; 0: one a core it may use"
        ),
        .choice(
            "log.access", \.logsAccess, ["stdout": true, "off": false],
            "access log, one JSON object a line"),
        .number(
            "cache.bytes", \.cache.byteCount, 1 << 20...1 << 50, in: .bytes,
            "rendition cache on disk"),
        .number(
            "cache.masterBytes", \.cache.masterByteCount, 0...1 << 50, in: .bytes,
            "reduced originals that thumbnails are made of; 0: none"),
    ]

    private static let secureListeners: [Setting] = [
        .optionalText(
            "tls.certificate", \.tls.certificate, "a path", "of the first listener, in PEM"
        ).live,
        .optionalText("tls.key", \.tls.key, "a path", "its private key, in PEM").live,
        .optionalText(
            "tls.ticketKeys", \.tls.ticketKeys, "a path",
            "keys by which edges resume each other's sessions"
        ).live,
        .choice(
            "tls.versions", \.tls.onlyNewest, ["intermediate": false, "modern": true],
            "from TLS 1.2 on, or 1.3 alone"
        ).live,
        .number(
            "tls.strictTransportSeconds", \.tls.strictTransportSeconds, 0...63_072_000,
            "for which browsers are to come by TLS alone; 0: it is not said"),
        .choice(
            "http2", \.http2, ["on": true, "off": false],
            "inside TLS, and to who begins with its preface"),
    ]

    private static let requestLimits: [Setting] = [
        .number(
            "limits.headBytes", \.server.head.headByteCount, 1024...65_535, in: .bytes,
            "request line and fields; beyond: 431"),
        .number(
            "limits.targetBytes", \.server.head.targetByteCount, 256...65_535, in: .bytes,
            "path and query; beyond: 414"),
        .number(
            "limits.uploadBytes", \.images.uploadByteLimit, 1...1 << 40, in: .bytes,
            "one upload; beyond: 413"),
        .number(
            "limits.formBytes", \.images.form.byteCount, 1...1 << 42, in: .bytes,
            "a whole form with uploads; beyond: 413"),
        .number(
            "limits.formParts", \.images.form.partCount, 1...1024,
            "files and fields of a form; beyond: 413"),
        .number(
            "limits.formHeadBytes", \.images.form.headByteCount, 256...65_535, in: .bytes,
            "field lines of one of them; beyond: 413"),
        .number(
            "limits.partialUploads", \.images.partial.count, 1...100_000,
            "that come in pieces, at once; a client has a quarter"),
        .number(
            "limits.partialUploadBytes", \.images.partial.byteCount, 1...1 << 50, in: .bytes,
            "that they will have in all; a client has a quarter"),
        .number(
            "limits.partialUploadSeconds", \.images.partial.seconds, 1...86_400,
            "until one ends that has not come whole"),
    ]

    private static let connectionLimits: [Setting] = [
        .number("limits.connections", \.server.connections, 1...1_000_000, "open at once"),
        .number(
            "limits.connectionsPerAddress", \.server.connectionsPerAddress, 0...1_000_000,
            "of one client address; 0: no limit"),
        .milliseconds(
            "limits.idleSeconds", \.server.idleMilliseconds, "between requests of a connection"),
        .milliseconds(
            "limits.headSeconds", \.server.headMilliseconds,
            "from a head's first byte to its last"),
        .number(
            "limits.bodyMinimumBytesPerSecond", \.server.bodyMinimumBytesPerSecond, 0...1 << 30,
            in: .bytes, "a slower upload is given up, after the grace"),
        .milliseconds(
            "limits.bodyGraceSeconds", \.server.bodyGraceMilliseconds,
            "before that rate is asked for"),
        .number(
            "limits.sendMinimumBytesPerSecond", \.server.sendMinimumBytesPerSecond, 0...1 << 30,
            in: .bytes, "a slower reader is given up, after the grace"),
        .milliseconds(
            "limits.sendGraceSeconds", \.server.sendGraceMilliseconds,
            "before that rate is asked for"),
        .secondsOrNone(
            "limits.drainNoticeSeconds", \.drainNotice,
            "from /readyz saying no to the listeners closing"),
        .seconds("limits.drainSeconds", \.drain, "for requests under way when it stops"),
    ]

    private static let pictureLimits: [Setting] = [
        .choices(
            "limits.inputTypes", \.rendering.limits.inputTypes,
            Words(ImageType.allCases.filter { $0 != .bmp }) { "\($0.word)" },
            "what an upload may be, by content; else 415"),
        .number(
            "limits.inputPixels", \.rendering.limits.inputPixelsInAll, 1...1 << 32, in: .pixels,
            "width × height × frames of an upload; beyond: 422"),
        .number(
            "limits.inputSide", \.rendering.limits.inputSide, 1...10_000_000,
            "width or height of an upload; beyond: 422"),
        .number(
            "limits.inputFrames", \.rendering.limits.inputFrames, 1...1_000_000,
            "frames or pages of an upload; beyond: 422"),
        .number(
            "limits.inputPixelsPerByte", \.rendering.limits.inputPixelsPerByte, 1...1_000_000_000,
            "pixels of a frame for a byte of an upload; beyond: 422"),
        .number(
            "limits.outputSide", \.renditions.limits.side, 1...16_383,
            "width or height a URL can ask for"),
        .number(
            "limits.outputPixels", \.renditions.limits.pixels, 1...1 << 28, in: .pixels,
            "width × height of a rendition"),
    ]

    private static let jobLimits: [Setting] = [
        .seconds(
            "limits.jobSeconds", \.rendering.jobTimeout,
            "of one worker on one rendition or upload"),
        .number(
            "limits.jobProcessorSeconds", \.rendering.limits.processorSeconds, 1...86_400,
            "of the processor on one job; beyond: 422"),
        .number("limits.queueJobs", \.rendering.queueJobs, 1...1_000_000, "waiting; beyond: 503"),
        .number(
            "limits.queueBytes", \.rendering.queueBytes, 1 << 20...1 << 40, in: .bytes,
            "of the originals of waiting jobs; beyond: 503"),
        .number(
            "limits.workerMemoryBytes", \.workers.memoryByteLimit, 64 << 20...1 << 40, in: .bytes,
            "address space of one worker"),
        .number(
            "limits.workerJobs", \.workers.jobsPerProcess, 1...1_000_000,
            "after which a worker is replaced"),
        .choices(
            "sandbox.allowMissing", \.workers.dispensableWalls,
            Words(Wall.allCases) { "\($0.word)" },
            "of a worker's walls, what this kernel may lack"),
    ]

    private static let delivery: [Setting] = [
        .choices(
            "delivery.formats", \.renditions.negotiated, ["avif": .avif, "webp": .webp],
            "negotiable by Accept beside JPEG and PNG, best first"),
        .sizes("delivery.sizes", \.delivery.sizes, "what a URL without signature can ask for"),
        .choice(
            "delivery.originals", \.delivery.originals,
            ["open": .open, "signed": .signed, "off": .off], "the route /originals/<hash>"
        ).live,
        .signingKeys(
            "delivery.signingKeys", \.delivery.signingKeys, "of signed URLs; the first signs"
        ).live,
        .choice(
            "delivery.clientHints", \.delivery.takesClientHints, ["on": true, "off": false],
            "whether Sec-CH-DPR and Sec-CH-Width have a say"
        ).live,
        .number(
            "delivery.quality.jpeg", \.rendering.style.quality.jpeg, 1...100,
            "unless the URL says one"),
        .number(
            "delivery.quality.webp", \.rendering.style.quality.webp, 1...100,
            "unless the URL says one"),
        .number(
            "delivery.quality.avif", \.rendering.style.quality.avif, 1...100,
            "unless the URL says one"),
        .number(
            "delivery.quality.jxl", \.rendering.style.quality.jxl, 1...100,
            "unless the URL says one"),
        .number(
            "delivery.quality.smallSide", \.rendering.style.quality.smallSide, 0...16_383,
            "longest side of what gets smallMore; 0: none does"),
        .number(
            "delivery.quality.smallMore", \.rendering.style.quality.smallMore, 0...99,
            "more than the format's number, up to 100"),
        .choice(
            "delivery.colors", \.rendering.style.keepsDisplayP3, ["srgb": false, "p3": true],
            "srgb: of every rendition; p3: an original in Display P3 keeps it"),
        .choice(
            "delivery.light", \.rendering.style.isLinear, ["gamma": false, "linear": true],
            "in which sizes are made; linear decodes every original whole"),
        .choice(
            "delivery.rights", \.rendering.style.keepsRights, ["keep": true, "drop": false],
            "the fields that say whose a picture is"),
        .watermarks("watermarks", \.watermarks, "pictures to lay over renditions"),
        .presets("presets", \.presets, "names for sets of a URL's options"),
    ]

    private static let crossOrigin: [Setting] = [
        .origins("cors.origins", \.crossOrigin.origins, "whose pages may read answers by script"),
        .choice(
            "cors.credentials", \.crossOrigin.allowsCredentials, ["on": true, "off": false],
            "with cookies too; never for \"*\""),
    ]

    private static let drop: [Setting] = [
        .optionalText(
            "drop.directory", \.dropDirectory, "a path", "a folder whose files are taken in"),
        .optionalName("drop.owner", \.drop.owner, "whose images they are"),
        .seconds(
            "drop.settleSeconds", \.drop.settlingTime,
            "for a file whose end was not seen to stay as it is"),
    ]

    private static let access: [Setting] = [
        .choice(
            "auth.uploads", \.auth.uploads, Words(Authorization.Rule.allCases, \.rawValue),
            "auto: open to this machine, else token"),
        .choice(
            "auth.index", \.auth.index, Words(Authorization.Rule.allCases, \.rawValue),
            "auto: open to this machine, else token"),
        .tokens("auth.tokens", \.auth.tokens, "who may do what").live,
        .choice(
            "console", \.console, Words(Console.allCases, \.rawValue),
            "the page for people at /console/; auto: on loopback listeners only"
        ).live,
    ]

    private static let quotas: [Setting] = [
        .number(
            "quotas.addressRequestsPerSecond", \.quotas.addressRequestsPerSecond, 0...1_000_000,
            "uploads and index, of one address; beyond: 429; 0: no limit"),
        .number(
            "quotas.addressBytesPerDay", \.quotas.addressBytesPerDay, 0...1 << 50, in: .bytes,
            "uploaded from one address; beyond: 429; 0: no limit"),
        .number(
            "quotas.tokenRequestsPerSecond", \.quotas.tokenRequestsPerSecond, 0...1_000_000,
            "of one token; beyond: 429; 0: no limit"),
        .number(
            "quotas.tokenBytesPerDay", \.quotas.tokenBytesPerDay, 0...1 << 50, in: .bytes,
            "uploaded with one token; beyond: 429; 0: no limit"),
        .number(
            "quotas.deliveryRequestsPerSecond", \.quotas.deliveryRequestsPerSecond,
            0...1_000_000, "for images, of one address; beyond: 429; 0: no limit"),
    ]
}
