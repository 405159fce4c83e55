/// What a picture is about: a place in it as it is seen upright, in thousandths of width and height
/// from the top left corner.
package struct FocalPoint: Hashable, Sendable {
    package let x: UInt16
    package let y: UInt16

    /// `nil` beyond the picture.
    package init?(x: UInt16, y: UInt16) {
        guard max(x, y) <= Gravity.scale else { return nil }
        (self.x, self.y) = (x, y)
    }

    /// Where it is after these two, in their order.
    func turned(by rotation: Rotation, _ flip: Flip) -> FocalPoint {
        let most = UInt16(Gravity.scale)
        var (x, y) = (x, y)
        switch rotation {
        case .none: break
        case .quarter: (x, y) = (most - y, x)
        case .half: (x, y) = (most - x, most - y)
        case .threeQuarters: (x, y) = (y, most - x)
        }
        if flip.mirrorsLeftRight { x = most - x }
        if flip.mirrorsTopBottom { y = most - y }
        return FocalPoint(unchecked: x, y)
    }

    private init(unchecked x: UInt16, _ y: UInt16) { (self.x, self.y) = (x, y) }
}

extension RenditionRequest {
    /// The same with what a crop keeps, where it crops and nothing says so yet. Where a border is
    /// trimmed first only the pixels tell where the place comes to lie: that stays as it is.
    package func focused(on point: FocalPoint) -> RenditionRequest {
        let saysGravity =
            recipe.gravity != .center || names.preset?.given.contains(.gravity) == true
        guard recipe.fit == .cover, recipe.width != 0, recipe.height != 0, recipe.trim == 0,
            !saysGravity
        else { return self }
        let place = point.turned(by: recipe.rotation, recipe.flip)
        // The centre has a spelling of its own: none.
        guard place != FocalPoint(x: 500, y: 500) else { return self }
        var focused = recipe
        focused.gravity = .focalPoint(x: place.x, y: place.y)
        return RenditionRequest(
            original: original, recipe: focused, names: names, isCanonical: isCanonical)
    }
}
