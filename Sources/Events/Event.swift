internal import Coding
package import JSON

/// Something that happened, in the words that receivers get, whenever and however often they do.
package struct Event: Equatable, Sendable {
    /// 128 bits by lot: the same for every receiver and every attempt, so that what comes twice
    /// can be told.
    package let id: EventID
    package let kind: EventKind
    /// Microseconds since 1970.
    package let time: Int64
    /// `{"type":…,"timestamp":…,"data":{…}}`, as Standard Webhooks recommends.
    package let payload: [UInt8]

    /// - Parameter data: writes the members of `data`.
    package init(_ kind: EventKind, at time: Int64, data: (inout JSONWriter) -> Void) {
        var json = JSONWriter()
        json.beginObject()
        json.field("type", kind.word)
        json.key("timestamp")
        json.timestamp(microseconds: UInt64(clamping: time))
        json.key("data")
        json.beginObject()
        data(&json)
        json.endObject()
        json.endObject()
        self.init(id: .make(), kind: kind, time: time, payload: json.finish())
    }

    init(id: EventID, kind: EventKind, time: Int64, payload: [UInt8]) {
        (self.id, self.kind, self.time, self.payload) = (id, kind, time, payload)
    }
}

package struct EventID: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    static func make() -> EventID {
        EventID(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
    }

    /// `evt_` and 32 hex digits.
    package var text: String {
        "evt_" + Hex.text(high, digits: 16) + Hex.text(low, digits: 16)
    }
}
