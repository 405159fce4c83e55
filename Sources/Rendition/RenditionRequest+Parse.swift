extension RenditionRequest {
    /// Reads path and query as they stand in the request line.
    ///
    /// A canonical target is read without allocation. Escapes, and whatever else a middle may have
    /// made of a target, are for `NormalTarget`.
    package static func parse(
        target: Span<UInt8>, policy: RenditionPolicy
    ) throws(Invalid) -> RenditionRequest {
        let queryStart = firstIndex(of: UInt8(ascii: "?"), in: target, from: 0)
        var path = try Path(target.extracting(..<queryStart), policy: policy)
        let query = target.extracting(queryStart...)
        guard query.count > 0 else { return path.request }
        try path.take(query: query.extracting(1...), policy: policy)
        var spelling = Spelling()
        path.recipe.spellOptions(names: path.names, into: &spelling)
        path.isCanonical = path.isCanonical && spelling.isSame(as: query)
        return path.request
    }

    /// What the path says. There are two ways to spell it otherwise: capital letters in the hash,
    /// and `.jpeg`.
    private struct Path {
        let original: ContentHash
        var recipe = Recipe()
        var names = OptionNames()
        var isCanonical = true

        var request: RenditionRequest {
            RenditionRequest(
                original: original, recipe: recipe, names: names, isCanonical: isCanonical)
        }

        init(_ path: Span<UInt8>, policy: RenditionPolicy) throws(Invalid) {
            var nameStart: Int
            if thumbs.isPrefix(of: path) {
                nameStart = thumbs.utf8CodeUnitCount
                let slash = firstIndex(of: UInt8(ascii: "/"), in: path, from: nameStart)
                guard slash < path.count else { throw .malformedPath }
                let size = path.extracting(nameStart..<slash)
                try parse(size: size, into: &recipe, limits: policy.limits)
                nameStart = slash + 1
            } else if optimized.isPrefix(of: path) {
                nameStart = optimized.utf8CodeUnitCount
            } else {
                throw .notARendition
            }
            guard firstIndex(of: UInt8(ascii: "/"), in: path, from: nameStart) == path.count
            else { throw .malformedPath }
            let dot = firstIndex(of: UInt8(ascii: "."), in: path, from: nameStart)
            let name = path.extracting(nameStart..<dot)
            if let found = ContentHash(hex: name) {
                original = found
            } else if let found = ContentHash(hexOfAnyCase: name) {
                (original, isCanonical) = (found, false)
            } else {
                throw .malformedHash(given: quoted(name))
            }
            guard dot < path.count else { return }
            try take(extension: path.extracting((dot + 1)...), policy: policy)
        }

        mutating func take(
            query: Span<UInt8>, policy: RenditionPolicy
        ) throws(Invalid) {
            var options = Options()
            try options.take(query, into: &recipe, policy: policy)
            names = options.names
            if let preset = names.preset {
                if !recipe.hasBox, let option = preset.optionThatNeedsBox {
                    throw .optionNeedsBox(option)
                }
                recipe.fill(from: preset.recipe, except: options.seen)
                if !options.seen.contains(.watermark) { names.watermark = preset.watermark }
            }
            guard
                recipe.heedsGravity || !options.seen.contains(.gravity)
                    || recipe.gravity == .center
            else { throw .nothingIsCropped }
        }

        private mutating func take(
            extension name: Span<UInt8>, policy: RenditionPolicy
        ) throws(Invalid) {
            var found = OutputFormat.spelt(name)
            if ("jpeg" as StaticString).isSpelling(of: name) {
                (found, isCanonical) = (.jpeg, false)
            }
            guard let format = found else { throw .unknownFormat(given: quoted(name)) }
            guard policy.formats.contains(format) else { throw .formatDisabled(format) }
            recipe.format = .explicit(format)
        }
    }

    static func parse(
        size: Span<UInt8>, into recipe: inout Recipe, limits: OutputLimits
    ) throws(Invalid) {
        let cross = firstIndex(of: UInt8(ascii: "x"), in: size, from: 0)
        guard cross < size.count, size.count > 1 else { throw .malformedSize(given: quoted(size)) }
        func side(_ digits: Span<UInt8>) throws(Invalid) -> UInt16 {
            guard digits.count > 0 else { return 0 }
            for index in digits.indices {
                guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digits[index],
                    digits.count == 1 || digits[0] != UInt8(ascii: "0")
                else { throw .malformedSize(given: quoted(size)) }
            }
            guard let value = FixedDecimal.parse(digits, decimals: 0), value >= 1,
                value <= limits.side
            else { throw .sideOutOfRange(given: quoted(digits), limit: limits.side) }
            return UInt16(value)
        }
        recipe.width = try side(size.extracting(..<cross))
        recipe.height = try side(size.extracting((cross + 1)...))
    }

    /// A preset's options: whatever the grammar has, but no preset. Says which are given. Any
    /// watermark goes: whether there is one of this name, only who has them all can say.
    static func parse(
        presetOptions text: Span<UInt8>, into recipe: inout Recipe
    ) throws(Invalid) -> (EnumSet<RecipeOption>, watermark: ShortName?) {
        var policy = RenditionPolicy(
            options: EnumSet(RecipeOption.allCases), gravities: EnumSet(Gravity.Kind.allCases))
        policy.options.remove(.preset)
        var options = Options()
        options.takesAnyWatermark = true
        try options.take(text, into: &recipe, policy: policy)
        return (options.seen, options.names.watermark)
    }

    /// The options of one query as they are read.
    private struct Options {
        var seen: EnumSet<RecipeOption> = []
        var names = OptionNames()
        var takesAnyWatermark = false

        mutating func take(
            _ query: Span<UInt8>, into recipe: inout Recipe, policy: RenditionPolicy
        ) throws(Invalid) {
            // A lone `?` is an empty query, which is another spelling of none.
            guard query.count > 0 else { return }
            var start = 0
            while start <= query.count {
                let end = firstIndex(of: UInt8(ascii: "&"), in: query, from: start)
                let pair = query.extracting(start..<end)
                let equals = firstIndex(of: UInt8(ascii: "="), in: pair, from: 0)
                guard equals > 0, equals < pair.count
                else { throw .malformedOption(given: quoted(pair)) }
                guard let option = RecipeOption.spelt(pair.extracting(..<equals))
                else { throw .unknownOption(given: quoted(pair.extracting(..<equals))) }
                guard !seen.contains(option) else { throw .duplicateOption(option) }
                seen.insert(option)
                try take(option, pair.extracting((equals + 1)...), into: &recipe, policy: policy)
                start = end + 1
            }
        }

        private mutating func take(
            _ option: RecipeOption, _ value: Span<UInt8>, into recipe: inout Recipe,
            policy: RenditionPolicy
        ) throws(Invalid) {
            guard policy.options.contains(option) else { throw .optionDisabled(option) }
            guard recipe.hasBox || !option.needsBox else { throw .optionNeedsBox(option) }
            if option == .preset {
                names.preset = policy.preset(named: value)
                guard names.preset != nil else { throw .unknownPreset(given: quoted(value)) }
                return
            }
            if option == .watermark { return try takeWatermark(value, into: &recipe, policy) }
            guard recipe.take(option, value: value)
            else { throw .invalidValue(option, given: quoted(value)) }
            guard policy.gravities.contains(recipe.gravity.kind)
            else { throw .valueDisabled(option, given: quoted(value)) }
        }

        private mutating func takeWatermark(
            _ value: Span<UInt8>, into recipe: inout Recipe, _ policy: RenditionPolicy
        ) throws(Invalid) {
            if Watermark.none.isSpelling(of: value) { return }
            if takesAnyWatermark {
                names.watermark = ShortName(value)
                guard names.watermark != nil
                else { throw .invalidValue(.watermark, given: quoted(value)) }
                return
            }
            guard let found = policy.watermark(named: value)
            else { throw .unknownWatermark(given: quoted(value)) }
            (names.watermark, recipe.watermark) = (found.name, found.fingerprint)
        }
    }

    /// Its place, or the count when there is none.
    private static func firstIndex(
        of byte: UInt8, in bytes: Span<UInt8>, from start: Int
    ) -> Int {
        var index = start
        while index < bytes.count && bytes[index] != byte { index += 1 }
        return index
    }
}
