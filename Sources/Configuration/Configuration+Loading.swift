internal import LinuxIO
internal import Rendering
internal import Rendition
package import Text
internal import Workers

// Where values come from, later ones winning: defaults, file, credential, environment, command
// line.
extension Configuration {
    private static let variablePrefix: UTF8String = "POLLEX_"
    /// Of a file; a larger one is none of ours, and is refused.
    private static let maximumFileByteCount = 16 << 20

    /// - Parameters:
    ///   - file: a JSON5 file; `nil` reads none.
    ///   - environment: of it only what starts with `POLLEX_` is looked at.
    /// - flags: of the command line: the key a flag stands for (`--listen` is `listen`) and its
    /// text.
    ///   - defaults: `defaults(memoryByteCount:)` of this machine.
    package static func load(
        file: String?, environment: [UTF8String: String], flags: [(key: String, text: String)],
        defaults: Configuration = Configuration()
    ) throws(ConfigurationError) -> Configuration {
        var configuration = defaults
        if let file { try configuration.apply(document: contents(of: file), source: file) }
        if let file = try credential(environment) {
            try configuration.apply(document: contents(of: file), source: file)
        }
        try configuration.apply(environment: environment)
        for flag in flags {
            guard let setting = setting(named: flag.key) else {
                preconditionFailure("no setting \(flag.key)")
            }
            try configuration.apply(setting, text: flag.text, source: "--\(flag.key)")
        }
        try configuration.checkListeners()
        try configuration.checkTLS()
        try configuration.checkPresets()
        try configuration.resolveSizes()
        try configuration.checkNotifications()
        try configuration.resolveOriginals()
        try configuration.resolveIndex()
        try configuration.resolveBuckets()
        try configuration.resolveExports()
        return configuration
    }

    /// Keys that only this service may read, as systemd hands them to it (LoadCredential=).
    /// One that is there and can not be looked at is none that was not given.
    private static func credential(
        _ environment: [UTF8String: String]
    ) throws(ConfigurationError) -> String? {
        guard let folder = environment["CREDENTIALS_DIRECTORY"] else { return nil }
        let file = "\(folder)/pollex.json5"
        do throws(SystemError) { _ = try FileStatus.of(path: file) } catch {
            if error.isNotFound { return nil }
            throw .unreadable(file: file, reason: "\(error)")
        }
        return file
    }

    /// What is not set otherwise, where the edge may have so much memory.
    package static func defaults(memoryByteCount: Int) -> Configuration {
        var configuration = Configuration()
        let least = 512 << 20
        configuration.workers.memoryByteLimit = min(
            configuration.workers.memoryByteLimit, max(least, memoryByteCount / 2))
        configuration.rendering.queueBytes = min(
            configuration.rendering.queueBytes, max(64 << 20, memoryByteCount / 4))
        return configuration
    }

    private func checkListeners() throws(ConfigurationError) {
        guard publicListeners.isEmpty else { return }
        throw .invalidValue(
            key: "listen", source: "configuration", reason: "it is off, and listeners is empty")
    }

    /// What no key can tell alone.
    private func checkPresets() throws(ConfigurationError) {
        for preset in presets {
            if let name = preset.watermark, !watermarks.contains(where: { $0.name == name }) {
                throw .invalidValue(
                    key: "presets.\(preset.name)", source: "configuration",
                    reason: "there is no watermark \(name)")
            }
            let side = Int(max(preset.recipe.width, preset.recipe.height))
            guard side > renditions.limits.side else { continue }
            throw .invalidValue(
                key: "presets.\(preset.name)", source: "configuration",
                reason: "its size is beyond limits.outputSide, \(renditions.limits.side)")
        }
    }

    /// One line a key: name, variable, default, and what it is.
    package static var reference: String {
        let width = settings.map(\.name.count).max() ?? 0
        return settings.map { setting in
            let padding = String(repeating: " ", count: width - setting.name.count)
            return "\(setting.name)\(padding)  \(setting.documentation)\n"
                + "\(String(repeating: " ", count: width))  \(setting.accepts);"
                + " default \(setting.defaultText); \(setting.variable)"
                + (setting.isLive ? "; reread at SIGHUP\n" : "\n")
        }.joined()
    }

    package mutating func apply(document: [UInt8], source: String) throws(ConfigurationError) {
        let root: JSON5Value
        do { root = try JSON5Reader.parse(document) } catch {
            throw .malformed(
                source: source, line: error.line, column: error.column, reason: error.reason)
        }
        try apply(root, below: "", source: source)
    }

    /// Sections are objects; what is no section is a key of the table.
    private mutating func apply(
        _ section: JSON5Value, below path: String, source: String
    ) throws(ConfigurationError) {
        guard case .object(let members) = section else {
            let key = path.isEmpty ? "the document" : String(path.dropLast())
            throw .invalidValue(
                key: key, source: source, reason: "\(section.excerpt) is not an object { … }")
        }
        for member in members {
            let name = path + member.key.string
            if let setting = Self.setting(named: name) {
                try apply(setting, member.value, source: source)
            } else if Self.settings.contains(where: { UTF8String($0.name).starts(with: "\(name).") }
            ) {
                try apply(member.value, below: "\(name).", source: source)
            } else {
                throw Self.unknown(name, among: Self.settings.map(\.name), source: source)
            }
        }
    }

    private mutating func apply(environment: [UTF8String: String]) throws(ConfigurationError) {
        let ours = environment.filter { $0.key.starts(with: Self.variablePrefix) }
        for (variable, text) in ours.sorted(by: { $0.key < $1.key }) {
            guard let setting = Self.settings.first(where: { UTF8String($0.variable) == variable })
            else {
                if InjectedVariables.contain(variable, text) { continue }
                let known = Self.settings.map(\.variable)
                throw Self.unknown(variable.string, among: known, source: "environment")
            }
            try apply(setting, text: text, source: "environment \(variable)")
        }
    }

    private mutating func apply(
        _ setting: Setting, text: String, source: String
    ) throws(ConfigurationError) {
        let value: JSON5Value
        do { value = try setting.read(text) } catch {
            throw .malformed(
                source: source, line: error.line, column: error.column, reason: error.reason)
        }
        try apply(setting, value, source: source)
    }

    private mutating func apply(
        _ setting: Setting, _ value: JSON5Value, source: String
    ) throws(ConfigurationError) {
        do { try setting.apply(&self, value) } catch {
            guard error.isUnknownKey else {
                throw .invalidValue(key: error.place, source: source, reason: error.reason)
            }
            throw .unknownKey(key: error.place, source: source, reason: error.reason)
        }
    }

    private static func setting(named name: String) -> Setting? {
        settings.first { $0.name == name }
    }

    private static func unknown(
        _ name: String, among known: [String], source: String
    ) -> ConfigurationError {
        let misfit = Misfit(unknown: name, nearest: Spelling.nearest(to: name, among: known))
        return .unknownKey(key: name, source: source, reason: misfit.reason)
    }

    private static func contents(of file: String) throws(ConfigurationError) -> [UInt8] {
        do throws(SystemError) {
            return try Files.contents(of: file, limit: Self.maximumFileByteCount)
        } catch { throw .unreadable(file: file, reason: "\(error)") }
    }

    /// The same with what a running edge takes from one that was read later.
    package func renewed(from later: Configuration) -> Configuration {
        var renewed = self
        for setting in Self.settings where setting.isLive { setting.copy(&renewed, later) }
        return renewed
    }

    /// The keys whose values differ, in the order of the table.
    package func changedKeys(since earlier: Configuration) -> [String] {
        Self.settings.filter { !$0.isSame(self, earlier) }.map(\.name)
    }
}
