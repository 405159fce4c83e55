import Rendition
import TestSupport

extension Recipe {
    /// Any recipe that a URL can ask for; without box, nothing that needs one.
    static func random(using random: inout SeededGenerator) -> Recipe {
        var recipe = Recipe()
        func sometimes(_ change: (inout SeededGenerator) -> Void) {
            if Bool.random(using: &random) { change(&random) }
        }
        sometimes { random in
            recipe.width = UInt16.random(in: 0...8192, using: &random)
            recipe.height = UInt16.random(
                in: recipe.width == 0 ? 1...8192 : 0...8192, using: &random)
        }
        if recipe.hasBox {
            sometimes { recipe.fit = Fit.allCases.randomElement(using: &$0) ?? .inside }
            if recipe.width != 0, recipe.height != 0, recipe.fit == .cover || recipe.fit == .contain
            {
                sometimes { recipe.gravity = .random(using: &$0) }
            }
            sometimes { _ in recipe.enlarge = true }
            sometimes { recipe.dprHalves = UInt8.random(in: 2...8, using: &$0) }
        }
        sometimes { recipe.background = .random(using: &$0) }
        sometimes { recipe.quality = UInt8.random(in: 1...101, using: &$0) }
        sometimes { recipe.maxBytes = UInt32.random(in: 1000...10_000_000, using: &$0) }
        sometimes { recipe.rotation = Rotation.allCases.randomElement(using: &$0) ?? .none }
        sometimes { recipe.flip = Flip.allCases.randomElement(using: &$0) ?? .none }
        sometimes { recipe.blurHundredths = UInt16.random(in: 30...10_000, using: &$0) }
        sometimes { recipe.sharpenHundredths = UInt16.random(in: 30...1000, using: &$0) }
        sometimes { recipe.trim = UInt8.random(in: 1...100, using: &$0) }
        sometimes { _ in recipe.animated = true }
        sometimes { random in
            recipe.format =
                OutputFormat.allCases.randomElement(using: &random).map { .explicit($0) }
                ?? .negotiated
        }
        return recipe
    }
}

extension Gravity {
    static func random(using random: inout SeededGenerator) -> Gravity {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .attention
        case 1: .entropy
        case 2:
            .focalPoint(
                x: UInt16.random(in: 0...1000, using: &random),
                y: UInt16.random(in: 0...1000, using: &random))
        default: .compass(Compass.allCases.randomElement(using: &random) ?? .center)
        }
    }
}

extension Color {
    static func random(using random: inout SeededGenerator) -> Color? {
        let bits = random.next()
        let color = Color(
            red: UInt8(truncatingIfNeeded: bits), green: UInt8(truncatingIfNeeded: bits >> 8),
            blue: UInt8(truncatingIfNeeded: bits >> 16), alpha: bits >> 24 & 1 == 0 ? 255 : 0)
        return color == .white ? nil : color
    }
}
