/// One key: its name, what it takes, where it goes.
package struct Setting: Sendable {
    package let name: String
    /// In words, as errors and the listing say it.
    package let accepts: String
    package let documentation: String
    /// As it would be written in the file.
    package let defaultText: String
    let apply: @Sendable (inout Configuration, JSON5Value) throws(Misfit) -> Void
    /// Whether two configurations have the same value for it.
    let isSame: @Sendable (Configuration, Configuration) -> Bool
    /// Gives the first one the value of the second.
    let copy: @Sendable (inout Configuration, Configuration) -> Void
    /// Whether a running edge takes it from a configuration that is read again.
    private(set) var isLive = false
    /// How the text of a variable or a flag reads as a value.
    let read: @Sendable (String) throws(JSON5Reader.Failure) -> JSON5Value

    /// `limits.outputSide` is `POLLEX_LIMITS_OUTPUT_SIDE`.
    package var variable: String {
        var text = "POLLEX_"
        for character in name {
            if character.isUppercase { text.append("_") }
            text.append(character == "." ? "_" : character.uppercased())
        }
        return text
    }

    var live: Setting {
        var live = self
        live.isLive = true
        return live
    }

    typealias Path<Value> = WritableKeyPath<Configuration, Value> & Sendable

    /// - Parameters:
    ///   - convert: `nil` when the value does not fit.
    ///   - show: a value as it is written in the file.
    init<Value: Equatable & SendableMetatype>(
        _ name: String, _ path: any Path<Value>, accepts: String, _ documentation: String,
        show: (Value) -> String,
        read: @escaping @Sendable (String) throws(JSON5Reader.Failure) -> JSON5Value = {
            text throws(JSON5Reader.Failure) in .string(text)
        },
        convert: @escaping @Sendable (JSON5Value) throws(Misfit) -> Value?
    ) {
        (self.name, self.accepts, self.documentation) = (name, accepts, documentation)
        defaultText = show(Configuration()[keyPath: path])
        isSame = { $0[keyPath: path] == $1[keyPath: path] }
        copy = { $0[keyPath: path] = $1[keyPath: path] }
        self.read = read
        apply = { configuration, value throws(Misfit) in
            guard let converted = try convert(value) else {
                throw Misfit(name, value, expected: accepts)
            }
            configuration[keyPath: path] = converted
        }
    }
}
