internal import CVipsShim
package import WorkerLink

/// Why a picture was not made: the one error of this module.
package struct ImagingError: Error, Equatable {
    package let reason: RefusalReason
    /// For people, in ASCII; at most `detailLimit` bytes.
    package let detail: String

    package static let detailLimit = 200

    package init(_ reason: RefusalReason, _ detail: String) {
        self.reason = reason
        // It may quote the input: nothing but printable ASCII gets out.
        let printable = detail.utf8.prefix(Self.detailLimit).map {
            (0x20..<0x7f).contains($0) ? $0 : 0x20
        }
        self.detail = String(decoding: printable, as: UTF8.self)
    }

    /// Reads libvips' error buffer and empties it. The only place that does.
    static func fromVips() -> ImagingError {
        let text = unsafe String(cString: CVipsShim_error())
        CVipsShim_clear_error()
        let lines = text.split(separator: "\n").map(String.init)
        let lowercased = text.lowercased()
        let reason: RefusalReason =
            if lowercased.contains("out of memory") || lowercased.contains("insufficient memory") {
                .outOfMemory
            } else if lines.contains(where: { $0.prefix { $0 != ":" }.contains("save") }) {
                .internalFailure  // An encoder's, not the decoder's.
            } else {
                .broken
            }
        // The last line is what made the call fail; those before may be warnings of calls that did
        // not.
        return ImagingError(reason, sentence(for: reason, lines.last ?? ""))
    }

    /// Our own words as they are; of a broken picture nothing that only who knows the libraries
    /// understands.
    private static func sentence(for reason: RefusalReason, _ line: String) -> String {
        let own = "CVipsShim: "
        if line.hasPrefix(own) { return String(line.dropFirst(own.count)) }
        guard reason == .broken else { return line }
        let unread = ["tiff2vips: samples out of range", "unsupported", "not supported"]
        return unread.contains(where: line.lowercased().contains)
            ? "samples, planes or a compression of a kind that is not read"
            : "the picture's data is broken or cut off"
    }

    /// What a call left that did not fail would be taken for the reason of one that did.
    static func forget() { CVipsShim_clear_error() }

    /// Of a call that gives 0 or -1.
    static func check(_ code: CInt) throws(ImagingError) {
        if code != 0 { throw fromVips() }
    }
}
