internal import LinuxIO
internal import Rendition
internal import Text

// The kinds of value there are. A new key is a line in the table; only a new kind is code.
extension Setting {
    static func number<Number: FixedWidthInteger & Sendable>(
        _ name: String, _ path: any Path<Number>, _ range: ClosedRange<Int>,
        in unit: Quantity = .count,
        _ documentation: String
    ) -> Setting {
        let example =
            switch unit {
            case .count: ""
            case .bytes: ", in bytes or as \"8MiB\""
            case .pixels: ", or as \"50MP\""
            }
        let bounds = "\(unit.format(range.lowerBound)) to \(unit.format(range.upperBound))"
        return Setting(
            name, path, accepts: "a whole number from \(bounds)\(example)", documentation,
            show: { number in
                let text = unit.format(Int(number))
                return text == "\(number)" ? text : "\"\(text)\""
            },
            convert: { value in
                let number: Int? =
                    switch value {
                    case .integer(let number): number
                    case .string(let text): unit.parse(text)
                    default: nil
                    }
                return number.flatMap { range.contains($0) ? Number(exactly: $0) : nil }
            })
    }

    static func seconds(_ name: String, _ path: any Path<Duration>, _ documentation: String)
        -> Setting
    {
        seconds(name, path, documentation, of: { $0 }, as: { $0 })
    }

    /// Kept in milliseconds, where they are compared often.
    static func milliseconds(_ name: String, _ path: any Path<UInt64>, _ documentation: String)
        -> Setting
    {
        seconds(
            name, path, documentation, of: { .milliseconds($0) },
            as: { UInt64(clamping: $0.wholeMilliseconds) })
    }

    /// A tenth of a second to a day, or none at all.
    static func secondsOrNone(
        _ name: String, _ path: any Path<Duration>, _ documentation: String
    ) -> Setting {
        seconds(name, path, documentation, mayBeNone: true, of: { $0 }, as: { $0 })
    }

    /// A tenth of a second to a day.
    private static func seconds<Value: Equatable & Sendable>(
        _ name: String, _ path: any Path<Value>, _ documentation: String, mayBeNone: Bool = false,
        of duration: (Value) -> Duration, as kept: @escaping @Sendable (Duration) -> Value
    ) -> Setting {
        Setting(
            name, path,
            accepts: "a number of seconds from 0.1 to 86400\(mayBeNone ? ", or 0" : "")",
            documentation,
            show: { "\(duration($0).components.seconds)" },
            convert: { value in
                let seconds: Double? =
                    switch value {
                    case .integer(let number): Double(number)
                    case .real(let number): number
                    case .string(let text): Double(text)
                    default: nil
                    }
                return seconds.flatMap {
                    0.1...86_400 ~= $0 || mayBeNone && $0 == 0 ? kept(.seconds($0)) : nil
                }
            })
    }

    static func endpoint(_ name: String, _ path: any Path<Endpoint>, _ documentation: String)
        -> Setting
    {
        Setting(
            name, path, accepts: Endpoint.accepted, documentation, show: { "\"\($0)\"" },
            convert: { value in
                guard case .string(let text) = value else { return nil }
                return Endpoint(text)
            })
    }

    static func optionalEndpoint(
        _ name: String, _ path: any Path<Endpoint?>, _ documentation: String
    ) -> Setting {
        Setting(
            name, path, accepts: "\(Endpoint.accepted), or \"off\"", documentation,
            show: { $0.map { "\"\($0)\"" } ?? "\"off\"" },
            convert: { value -> Endpoint?? in
                guard case .string(let text) = value else { return nil }
                return text == "off" ? .some(nil) : Endpoint(text).map { .some($0) }
            })
    }

    static func text(_ name: String, _ path: any Path<String>, _ documentation: String) -> Setting {
        Setting(
            name, path, accepts: "a path", documentation, show: { "\"\($0)\"" },
            convert: { value in
                guard case .string(let text) = value, !text.isEmpty, !text.utf8.contains(0)
                else { return nil }
                return text
            })
    }

    /// At most 255 bytes unless it is said, and `off` for none.
    static func optionalText(
        _ name: String, _ path: any Path<String?>, _ accepted: String, _ documentation: String,
        atMost limit: Int = 255,
        where fits: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> Setting {
        Setting(
            name, path, accepts: "\(accepted), or \"off\"", documentation,
            show: { "\"\($0 ?? "off")\"" },
            convert: { value -> String?? in
                guard case .string(let text) = value, (1...limit).contains(text.utf8.count),
                    !text.utf8.contains(where: { $0 < 0x20 }), text == "off" || fits(text)
                else { return nil }
                return .some(text == "off" ? nil : text)
            })
    }

    /// At most 255 bytes, and `off` for none.
    static func optionalName(
        _ name: String, _ path: any Path<UTF8String?>, _ documentation: String
    ) -> Setting {
        Setting(
            name, path, accepts: "a name, or \"off\"", documentation,
            show: { "\"\($0 ?? "off")\"" },
            convert: { value -> UTF8String?? in
                guard case .string(let text) = value, (1...255).contains(text.utf8.count),
                    !text.utf8.contains(where: { $0 < 0x20 })
                else { return nil }
                return .some(text == "off" ? nil : UTF8String(text))
            })
    }

    /// Go into a field of every answer: `https://example.org`, a port where it is not the usual.
    static func origins(_ name: String, _ path: any Path<[String]>, _ documentation: String)
        -> Setting
    {
        Setting(
            name, path,
            accepts:
                "a list of at most 32 origins such as \"https://example.org\", or [\"*\"]",
            documentation,
            show: { "[\($0.map { "\"\($0)\"" }.joined(separator: ", "))]" },
            read: { text throws(JSON5Reader.Failure) in
                .array(texts(in: text))
            },
            convert: { value in
                guard case .array(let elements) = value, elements.count <= 32 else { return nil }
                var origins: [UTF8String] = []
                for element in elements {
                    guard case .string(let text) = element, !origins.contains(UTF8String(text)),
                        text == "*" ? elements.count == 1 : isOrigin(text)
                    else { return nil }
                    origins.append(UTF8String(text))
                }
                return origins.map(\.string)
            })
    }

    /// A list as a variable or a flag has it, with commas.
    static func texts(in list: String) -> [JSON5Value] {
        list.fields(separatedBy: ",").map { .string(String($0.withoutOuterBlanks)) }
    }

    /// As browsers write it in `Origin`: lower case, no path, no slash at its end.
    static func isOrigin(_ text: String) -> Bool {
        text.utf8.count <= 255
            && text.wholeMatch(
                of: #/[a-z][a-z0-9+.\-]*://([a-z0-9.\-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?/#) != nil
    }

    /// One of some words; what each stands for is beside it.
    static func choice<Value: Hashable & Sendable>(
        _ name: String, _ path: any Path<Value>, _ words: Words<Value>, _ documentation: String
    ) -> Setting {
        Setting(
            name, path, accepts: "one of \(words)", documentation,
            show: { "\"\(words.word(for: $0))\"" }, convert: { words.value(of: $0) })
    }

    /// Any of some words, in whatever order.
    static func choices<Value: Hashable & Sendable>(
        _ name: String, _ path: any Path<Set<Value>>, _ words: Words<Value>,
        _ documentation: String
    ) -> Setting {
        choices(
            name, path, words, documentation, contains: { $0.contains($1) }, as: { Set($0) })
    }

    static func choices<Value: Hashable & Sendable & RawRepresentable<UInt8>>(
        _ name: String, _ path: any Path<EnumSet<Value>>, _ words: Words<Value>,
        _ documentation: String
    ) -> Setting {
        choices(
            name, path, words, documentation, contains: { $0.contains($1) }, as: { EnumSet($0) })
    }

    private static func choices<Value: Hashable & Sendable, Some: Equatable & Sendable>(
        _ name: String, _ path: any Path<Some>, _ words: Words<Value>, _ documentation: String,
        contains: (Some, Value) -> Bool, as kept: @escaping @Sendable ([Value]) -> Some
    ) -> Setting {
        Setting(
            name, path, accepts: "a list of \(words), each at most once", documentation,
            show: { some in
                let chosen = words.pairs.filter { contains(some, $0.value) }
                return "[\(chosen.map { "\"\($0.word)\"" }.joined(separator: ", "))]"
            },
            read: { text throws(JSON5Reader.Failure) in .array(texts(in: text)) },
            convert: { words.values(of: $0).map(kept) })
    }

    static func tokens(
        _ name: String, _ path: any Path<[AccessToken]>, _ documentation: String
    ) -> Setting {
        list(
            name, path, atMost: nil,
            example: "[{ sha256: \"<64 hex>\", scopes: [\"upload\"], owner: \"me\" }]",
            documentation
        ) { value, place throws(Misfit) in try AccessToken(value, place: place) }
    }

    /// A list of objects, each read by itself; `place` is what it is called in an error.
    static func list<Element: Equatable & SendableMetatype>(
        _ name: String, _ path: any Path<[Element]>, atMost limit: Int?, example: String,
        _ documentation: String,
        element: @escaping @Sendable (JSON5Value, String) throws(Misfit) -> Element
    ) -> Setting {
        let kind = limit.map { "a list of at most \($0)" } ?? "a list"
        return Setting(
            name, path, accepts: "\(kind) such as \(example)", documentation, show: { _ in "[]" },
            read: { text throws(JSON5Reader.Failure) in try JSON5Reader.parse(Array(text.utf8)) },
            convert: { value throws(Misfit) in
                guard case .array(let values) = value, values.count <= limit ?? .max
                else { return nil }
                var elements: [Element] = []
                for (index, value) in values.enumerated() {
                    elements.append(try element(value, "\(name)[\(index)]"))
                }
                return elements
            })
    }

    static func presets(
        _ name: String, _ path: any Path<[Preset]>, _ documentation: String
    ) -> Setting {
        named(
            name, path, atMost: Preset.most,
            example: "{ thumb: { size: \"200x200\", options: \"fit=cover\" } }", documentation
        ) { value, name, place throws(Misfit) in
            try Preset(value, named: name, place: place)
        }
    }

    static func watermarks(
        _ name: String, _ path: any Path<[WatermarkSetting]>, _ documentation: String
    ) -> Setting {
        named(
            name, path, atMost: Watermark.most,
            example: "{ logo: { file: \"logo.png\", position: \"southeast\" } }", documentation
        ) { value, name, place throws(Misfit) in
            try WatermarkSetting(value, named: name, place: place)
        }
    }

    /// A map whose keys are names that the operator gives.
    private static func named<Element: Equatable & SendableMetatype>(
        _ name: String, _ path: any Path<[Element]>, atMost limit: Int, example: String,
        _ documentation: String,
        element: @escaping @Sendable (JSON5Value, String, String) throws(Misfit) -> Element
    ) -> Setting {
        Setting(
            name, path, accepts: "at most \(limit) such as \(example)", documentation,
            show: { _ in "{}" },
            read: { text throws(JSON5Reader.Failure) in try JSON5Reader.parse(Array(text.utf8)) },
            convert: { value throws(Misfit) in
                guard case .object(let members) = value, members.count <= limit
                else { return nil }
                var elements: [Element] = []
                for member in members {
                    elements.append(
                        try element(member.value, member.key.string, "\(name).\(member.key)"))
                }
                return elements
            })
    }
}
