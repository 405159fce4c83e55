internal import Answers
internal import HTTP
internal import ImageAPI
internal import Permission
internal import Telemetry

/// Who answers a request of the public listener.
enum PublicHandler: Sendable {
    /// On the loop, where nothing waits.
    case loop(@Sendable (PublicResponder, inout Call) -> Void)
    /// Off it, for who may: uploads and the index.
    case images(Scope, ImagesHandler.Action)
}

/// What the public listener has: a new route is a row here and its handler. `openapi.json` says
/// the same, and a test holds them against each other.
enum PublicRoutes {
    private static let consoleShape = PathShape.below("/console/")

    static let table: [Resource<PublicHandler>] = [
        Resource(
            .below("/thumbs/"), open: "{size}/{image}", label: .thumbs,
            [.init(.read, .loop { $0.deliver(&$1) })]),
        Resource(
            .below("/optimized/"), open: "{image}", label: .optimized,
            [.init(.read, .loop { $0.deliver(&$1) })]),
        Resource(
            .below("/originals/"), open: "{hash}", label: .originals,
            [
                .init(.read, .loop { $0.answerOriginal(&$1) }),
                .init(.put, label: .upload, .images(.upload, .image(ImagesHandler.put))),
            ]),
        Resource(
            .path("/images"), label: .images,
            [
                .init(.read, .images(.read, .collection(ImagesHandler.list))),
                .init(.post, label: .upload, .images(.upload, .collection(ImagesHandler.post))),
            ]),
        Resource(
            .between("/images/", "/similar"), open: "{hash}", label: .images,
            [.init(.read, .images(.read, .image(ImagesHandler.listSimilar)))]),
        Resource(
            .between("/images/", "/link"), open: "{hash}", label: .images,
            [.init(.read, .images(.admin, .image(ImagesHandler.link)))]),
        Resource(
            .between("/images/", "/purge"), open: "{hash}", label: .images,
            [.init(.post, .images(.admin, .image(ImagesHandler.purge)))]),
        Resource(
            .below("/images/"), open: "{hash}", label: .images,
            [
                .init(.read, .images(.read, .image(ImagesHandler.show))),
                .init(.patch, .images(.upload, .image(ImagesHandler.change))),
                .init(.delete, .images(.delete, .image(ImagesHandler.delete))),
            ]),
        Resource(
            .bare("/uploads"), label: .images,
            [.init(.post, .images(.upload, .collection(ImagesHandler.makeLink)))]),
        Resource(
            .below("/uploads/"), open: "{id}", label: .upload,
            [
                .init([.put, .post], .images(.upload, .sealed(ImagesHandler.uploadByLink))),
                .init([.head], .images(.upload, .sealed(ImagesHandler.showPartial))),
                .init([.patch], .images(.upload, .sealed(ImagesHandler.takePiece))),
                .init([.delete], .images(.upload, .sealed(ImagesHandler.removePartial))),
            ]),
        Resource(
            .bare("/tokens"), label: .images,
            [
                .init(.read, .images(.admin, .collection(ImagesHandler.listTokens))),
                .init(.post, .images(.admin, .collection(ImagesHandler.addToken))),
            ]),
        Resource(
            .below("/tokens/"), open: "{id}", label: .images,
            [.init(.delete, .images(.admin, .collection(ImagesHandler.revokeToken)))]),
        Resource(
            .below("/events/s3/"), open: "{secret}", label: .events,
            [
                .init([.post, .head], .images(.upload, .sealed(ImagesHandler.takeEvents)))
            ]),
        Resource(
            .bare("/stats"), label: .images,
            [.init(.read, .images(.admin, .collection(ImagesHandler.stats)))]),
        Resource(
            .path("/refusals"), label: .images,
            [.init(.read, .images(.read, .collection(ImagesHandler.listRefusals)))]),
        Resource(
            consoleShape, open: "{file}",
            [.init(.read, .loop { $0.answerConsole($1, at: consoleShape) })]),
        Resource(.bare("/"), [.init(.read, .loop { $0.answerFrontPage($1) })]),
        Resource(.bare("/console"), [.init(.read, .loop { $0.redirectToConsole($1) })]),
        Resource(.bare("/openapi.json"), [.init(.read, .loop { $0.answerOpenAPI($1) })]),
    ]
}

extension MethodSet {
    /// Of the server itself.
    static let any = PublicRoutes.table.reduce(into: MethodSet()) { $0.formUnion($1.allowed) }
}
