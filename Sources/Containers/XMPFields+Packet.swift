internal import Text

extension XMPFields {
    /// A packet of these fields and nothing else; `nil` where there is none.
    package var packet: [UInt8]? {
        guard !values.isEmpty else { return nil }
        var body = ""
        for field in Field.allCases {
            guard let value = values[field].map(Self.escaped) else { continue }
            body += Self.element(field, value)
        }
        let words = UTF8String(body)
        let spaces = [
            ("dc", "http://purl.org/dc/elements/1.1/"),
            ("photoshop", "http://ns.adobe.com/photoshop/1.0/"),
            ("xmpRights", "http://ns.adobe.com/xap/1.0/rights/"),
            ("plus", "http://ns.useplus.org/ldf/xmp/1.0/"),
            ("Iptc4xmpExt", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"),
        ].filter { words.contains("<\($0.0):") }.map { " xmlns:\($0.0)=\"\($0.1)\"" }.joined()
        let text =
            "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">"
            + "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
            + "<rdf:Description rdf:about=\"\"\(spaces)>\(body)</rdf:Description>"
            + "</rdf:RDF></x:xmpmeta>"
        return Array(text.utf8)
    }

    private static func element(_ field: Field, _ value: String) -> String {
        switch field {
        case .creator: "<dc:creator><rdf:Seq><rdf:li>\(value)</rdf:li></rdf:Seq></dc:creator>"
        case .rights:
            "<dc:rights><rdf:Alt><rdf:li xml:lang=\"x-default\">\(value)</rdf:li></rdf:Alt>"
                + "</dc:rights>"
        case .licensorURL:
            "<plus:Licensor><rdf:Seq><rdf:li rdf:parseType=\"Resource\"><plus:LicensorURL>"
                + "\(value)</plus:LicensorURL></rdf:li></rdf:Seq></plus:Licensor>"
        case .credit, .webStatement, .digitalSourceType:
            "<\(field.rawValue)>\(value)</\(field.rawValue)>"
        }
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { escaped, letter in
            switch letter {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(letter)
            }
        }
    }
}
