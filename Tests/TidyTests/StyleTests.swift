import Testing

@Suite struct StyleTests {
    private static let maximumFileLines = 400
    private static let maximumFunctionLines = 60
    private static let maximumColumns = 100

    @Test(arguments: SourceFile.sources + SourceFile.tests + SourceFile.shims)
    func filesAndLinesAreShort(file: SourceFile) {
        #expect(file.lines.count - 1 <= Self.maximumFileLines, "\(file.path)")
        for (index, line) in file.lines.enumerated() {
            #expect(line.count <= Self.maximumColumns, "\(file.path):\(index + 1)")
        }
    }

    @Test(arguments: SourceFile.sources + SourceFile.tests)
    func functionsAreShort(file: SourceFile) {
        for function in FunctionScanner.functions(in: file.lines) {
            #expect(
                function.lineCount <= Self.maximumFunctionLines,
                "\(file.path):\(function.firstLine)")
        }
    }

    /// Written in two pieces, so that this file passes its own check.
    private static let promises = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]
    private static let traps = ["tr" + "y!", "as" + "! ", "fatal" + "Error("]
    private static let sleeps = ["us" + "leep(", "Thread.sl" + "eep", "Task.sl" + "eep"]

    @Test(arguments: SourceFile.sources + SourceFile.tests + SourceFile.shims)
    func nothingIsPromisedForLater(file: SourceFile) {
        expectNone(of: Self.promises, in: file)
    }

    @Test(arguments: SourceFile.sources + SourceFile.tests)
    func nothingTrapsWithoutSayingWhy(file: SourceFile) {
        expectNone(of: Self.traps, in: file)
    }

    @Test(arguments: SourceFile.tests)
    func noTestSleeps(file: SourceFile) {
        expectNone(of: Self.sleeps, in: file)
    }

    @Test(arguments: SourceFile.sources.filter { !$0.module.hasPrefix("pollex") })
    func onlyProgramsPrint(file: SourceFile) {
        for (index, line) in file.lines.enumerated() {
            #expect(!line.contains(/\bprint\(/), "\(file.path):\(index + 1)")
        }
    }

    @Test(arguments: SourceFile.sources)
    func uncheckedConcurrencyHasItsReasonAbove(file: SourceFile) {
        for (index, line) in file.lines.enumerated()
        where !line.trimmed.hasPrefix("//")
            && (line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)"))
        {
            let above = file.lines[..<index].last { !$0.trimmed.hasPrefix("@") } ?? ""
            #expect(above.trimmed.hasPrefix("//"), "\(file.path):\(index + 1)")
        }
    }

    private func expectNone(of words: [String], in file: SourceFile) {
        for (index, line) in file.lines.enumerated() {
            for word in words {
                #expect(!line.contains(word), "\(word) in \(file.path):\(index + 1)")
            }
        }
    }
}

extension String {
    var trimmed: Substring { self.drop { $0 == " " } }
}
