internal import Rendition

// What of delivery needs a signature, and who signs.
extension Setting {
    static func sizes(
        _ name: String, _ path: any Path<Configuration.Delivery.Sizes>, _ documentation: String
    ) -> Setting {
        Setting(
            name, path,
            accepts: """
                "open", "signed" or a list of at most \(ListedSize.most) such as \
                ["320x", "200x200?fit=cover", "optimized"]
                """,
            documentation, show: { _ in "\"open\"" },
            read: { text throws(JSON5Reader.Failure) in
                switch text {
                case "open", "signed": return .string(text)
                // Where a comma stands in an entry.
                case _ where text.utf8.first == UInt8(ascii: "["):
                    return try JSON5Reader.parse(Array(text.utf8))
                default: return .array(Self.texts(in: text))
                }
            },
            convert: { value in
                switch value {
                case .string("open"): return .open
                case .string("signed"): return .signed
                case .array(let elements) where elements.count <= ListedSize.most:
                    let texts = elements.compactMap { element -> String? in
                        if case .string(let text) = element { text } else { nil }
                    }
                    return texts.count == elements.count ? .listed(texts) : nil
                default: return nil
                }
            })
    }

    /// No error and no listing shows what was given.
    static func signingKeys(
        _ name: String, _ path: any Path<[SigningKey]>, _ documentation: String
    ) -> Setting {
        let accepts = """
            a list of at most \(SigningKey.most) such as [{ id: "2026", secret: "<16 bytes or more \
            in hex or base64url>" }]
            """
        return Setting(
            name, path, accepts: accepts, documentation, show: { _ in "[]" },
            read: { text throws(JSON5Reader.Failure) in
                do throws(JSON5Reader.Failure) {
                    return try JSON5Reader.parse(Array(text.utf8))
                } catch {
                    throw JSON5Reader.Failure(
                        line: error.line, column: error.column, reason: "not \(accepts)")
                }
            },
            convert: { value throws(Misfit) in
                guard case .array(let elements) = value, elements.count <= SigningKey.most else {
                    throw Misfit(name, reason: "must be \(accepts)")
                }
                var keys: [SigningKey] = []
                for (index, element) in elements.enumerated() {
                    let key = try SigningKey(element, place: "\(name)[\(index)]")
                    guard !keys.contains(where: { $0.id == key.id }) else {
                        throw Misfit("\(name)[\(index)].id", reason: "stands in the list twice")
                    }
                    keys.append(key)
                }
                return keys
            })
    }
}
