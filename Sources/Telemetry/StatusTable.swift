/// The status codes that are counted one by one; any other lands in the last place, `other`.
enum StatusTable {
    static let codes: [UInt16] = [
        100, 200, 201, 202, 204, 206, 301, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408,
        409, 410, 411, 412, 413, 414, 415, 416, 417, 422, 429, 431, 451, 500, 501, 503, 505, 507,
    ]
    /// The known codes and the place of all others.
    static let count = 37

    /// A jump table rather than a search: this stands on the way of every hit.
    static func place(of status: UInt16) -> Int {
        switch status {
        case 100: 0
        case 200: 1
        case 201: 2
        case 202: 3
        case 204: 4
        case 206: 5
        case 301: 6
        case 303: 7
        case 304: 8
        case 307: 9
        case 308: 10
        case 400...: placeOfError(status)
        default: count - 1
        }
    }

    private static func placeOfError(_ status: UInt16) -> Int {
        for index in 11..<codes.count where codes[index] == status { return index }
        return count - 1
    }

    /// Whether an alert may watch it: shown from the start, for a rise is only seen from a zero.
    static func isAlarming(_ place: Int) -> Bool {
        place < codes.count && [422, 429, 500, 503, 507].contains(codes[place])
    }

    static func label(of place: Int) -> String {
        place < codes.count ? String(codes[place]) : "other"
    }
}
