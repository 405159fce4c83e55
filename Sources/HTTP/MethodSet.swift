/// The methods a resource answers: for `Allow` and `Access-Control-Allow-Methods`.
package struct MethodSet: OptionSet, Hashable, Sendable {
    /// Bit `n` for the method with raw value `n`.
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    private init(_ method: Method) { rawValue = 1 << UInt16(method.rawValue) }

    package static let get = MethodSet(.get)
    package static let head = MethodSet(.head)
    package static let post = MethodSet(.post)
    package static let put = MethodSet(.put)
    package static let delete = MethodSet(.delete)
    package static let patch = MethodSet(.patch)
    package static let options = MethodSet(.options)

    package func allows(_ method: Method) -> Bool {
        method != .unknown && contains(MethodSet(method))
    }
}

extension OutputBuffer {
    /// The names in the order of `Method`'s cases, as `GET, HEAD, OPTIONS`.
    package mutating func appendField(_ name: StaticString, _ methods: MethodSet) {
        append(name)
        append(": ")
        var isFirst = true
        for method in Method.allCases where methods.allows(method) {
            if !isFirst { append(", ") }
            append(method.name)
            isFirst = false
        }
        append("\r\n")
    }
}
