import Testing

/// `String` compares by canonical equivalence and takes apart by graphemes; names are bytes. So
/// what decides about text from outside is a `UTF8String`, or works on `utf8`.
@Suite struct TextTests {
    /// What works by graphemes, whatever stands in it.
    private static let graphemes = [
        #"\.hasPrefix\("#, #"\.hasSuffix\("#, #"trimmingCharacters"#,
        #"\.split\(separator: ""#,
        #"\.(first|last)Index\(of: "(\\?.)""#,
        #"\.(prefix|drop|split|contains|filter|(first|last)Index)[ (a-z:]*\{ \$0 [!=]= ""#,
        #"([^s]|[^d]s|[^r]ds|[^o]rds|[^w]ords)\.contains\(""#, #"\.(first|last) [!=]= "(\\?.)""#,
    ]

    /// Of names from outside, which are `UTF8String`.
    private static let names =
        #"\b(let|var) (names?|owners?|tags?|paths?|attributes): (\[|Set<)?String\b"#

    /// What is never compared, but shown, opened or handed on; and keys of the program's own.
    private static let own: Set<String> = [
        "Sources/HTTP/MultipartPart.swift", "Sources/LinuxIO/Directory.swift",
        "Sources/ImageAPI/ImagesHandler+Forms.swift", "Sources/pollex/PutFiles.swift",
        "Sources/Originals/LocalOriginals.swift",
        "Sources/Store/Store.swift", "Sources/pollex/Command.swift",
        "Sources/Operations/EdgeMonitor.swift",
        "Sources/Notifications/DeliveryLine.swift", "Sources/Telemetry/MetricFamily.swift",
        "Sources/LinuxIO/LoopThread.swift", "Sources/Originals/OriginalWriter.swift",
        "Sources/Configuration/Setting.swift", "Sources/pollex/StoredOriginals.swift",
        "Sources/LinuxIO/PortHolder.swift", "Sources/SharedIndex/EdgeIdentity.swift",
    ]

    @Test(arguments: SourceFile.sources.filter { $0.module != "Imaging" && $0.module != "Text" })
    func nothingIsDecidedByGraphemes(file: SourceFile) throws {
        // One expression of all: each line is looked at once.
        let pattern = try Regex(Self.graphemes.map { "(?:\($0))" }.joined(separator: "|"))
        for (index, line) in Self.code(of: file) {
            #expect(!line.contains(pattern), "\(file.path):\(index + 1): \(line)")
        }
    }

    /// A literal that no other text is equivalent to may be compared with: ASCII, but for the three
    /// characters that others decompose into (U+037E, U+1FEF and U+212A of Unicode).
    @Test(arguments: SourceFile.sources.filter { $0.module != "Text" })
    func literalsThatAreComparedHaveOneSpelling(file: SourceFile) throws {
        let compared = try Regex(#"([!=]= |\bcase )"(?<text>(\\.|[^"\\])*)""#)
        for (index, line) in Self.code(of: file) {
            for match in line.matches(of: compared) {
                let text = match["text"]?.substring ?? ""
                #expect(
                    text.utf8.allSatisfy { $0 < 0x80 && !"K;`".utf8.contains($0) },
                    "\(file.path):\(index + 1): \(line)")
            }
        }
    }

    @Test(arguments: SourceFile.sources.filter { !own.contains($0.path) })
    func namesFromOutsideAreBytes(file: SourceFile) throws {
        let name = try Regex(Self.names)
        let table = try Regex(#"\[String: (?!Any\])|\bSet<String>"#)
        for (index, line) in Self.code(of: file) {
            #expect(!line.contains(name), "\(file.path):\(index + 1): \(line)")
            #expect(!line.contains(table), "\(file.path):\(index + 1): \(line)")
        }
    }

    private static func code(of file: SourceFile) -> [(offset: Int, element: String)] {
        file.lines.enumerated().filter { !$0.element.trimmed.hasPrefix("//") }
    }
}
