package import HTTP
package import Telemetry

/// Which targets a resource has.
package enum PathShape: Sendable {
    /// This path, without a query.
    case bare(StaticString)
    /// This path, with a query or without.
    case path(StaticString)
    /// What begins so.
    case below(StaticString)
    /// What begins so and whose path ends so.
    case between(StaticString, StaticString)

    @inline(__always)
    package func matches(_ target: Span<UInt8>) -> Bool {
        switch self {
        case .below(let start): target.starts(with: start)
        case .bare(let path):
            target.count == path.utf8CodeUnitCount && target.starts(with: path)
        case .path(let path):
            target.starts(with: path)
                && (target.count == path.utf8CodeUnitCount
                    || target[path.utf8CodeUnitCount] == UInt8(ascii: "?"))
        case .between(let start, let end):
            target.starts(with: start)
                && target.has(end, before: Self.pathEnd(of: target))
        }
    }

    /// What stands where the shape leaves it open, before any query.
    package func rest(of target: Span<UInt8>) -> [UInt8] {
        let (start, end): (StaticString, StaticString)
        switch self {
        case .bare, .path: return []
        case .below(let fixed): (start, end) = (fixed, "")
        case .between(let first, let last): (start, end) = (first, last)
        }
        let from = start.utf8CodeUnitCount
        let to = Self.pathEnd(of: target) - end.utf8CodeUnitCount
        return target.extracting(from..<max(from, to)).array
    }

    private static func pathEnd(of target: Span<UInt8>) -> Int {
        target.indices.first { target[$0] == UInt8(ascii: "?") } ?? target.count
    }

    /// As the interface's description writes it.
    package func pattern(_ open: String) -> String {
        switch self {
        case .bare(let path), .path(let path): "\(path)"
        case .below(let start): "\(start)\(open)"
        case .between(let start, let end): "\(start)\(open)\(end)"
        }
    }
}

extension MethodSet {
    package static let read: MethodSet = [.get, .head]
}

/// One row of a listener's table: a resource, its methods, and who answers them.
package struct Resource<Handler: Sendable>: Sendable {
    package struct Action: Sendable {
        package let methods: MethodSet
        /// Where it is another than the resource's.
        package let label: Route?
        package let handler: Handler

        package init(_ methods: MethodSet, label: Route? = nil, _ handler: Handler) {
            (self.methods, self.label, self.handler) = (methods, label, handler)
        }
    }

    package let shape: PathShape
    /// What the description calls the open part of the path.
    package let open: String
    /// In logs and metrics.
    package let label: Route
    package let actions: [Action]
    /// For `Allow`.
    package let allowed: MethodSet

    package init(
        _ shape: PathShape, open: String = "", label: Route = .other,
        answersOptions: Bool = true, _ actions: [Action]
    ) {
        (self.shape, self.open, self.label, self.actions) = (shape, open, label, actions)
        allowed = actions.reduce(into: answersOptions ? [.options] : []) {
            $0.formUnion($1.methods)
        }
    }

    /// Path and methods, as the interface's description lists them.
    package var described: (path: String, methods: [Method]) {
        (shape.pattern(open), Method.allCases.filter(allowed.allows))
    }

    package func action(for method: Method) -> Action? {
        actions.first { $0.methods.allows(method) }
    }
}

extension Span<UInt8> {
    fileprivate func has(_ ending: StaticString, before end: Int) -> Bool {
        let start = end - ending.utf8CodeUnitCount
        return start >= 0 && extracting(start..<end).starts(with: ending)
    }
}
