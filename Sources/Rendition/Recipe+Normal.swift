extension Recipe {
    /// Whether it makes a difference what a crop keeps, or where a letterbox has the picture.
    var heedsGravity: Bool { width != 0 && height != 0 && (fit == .cover || fit == .contain) }

    /// The recipe with everything taken out that does not change a byte of the result, so that
    /// renditions that are the same have the same key: the pixel ratio is in the box, a compass
    /// point is the focal point it stands for, what has no effect has its default, and of the
    /// sixteen ways to say eight turns the one without a vertical flip.
    package func normalized(limits: OutputLimits) -> Recipe {
        var normal = self
        (normal.width, normal.height) = boxWithRatio(limits: limits)
        normal.dprHalves = 2
        if width == 0 || height == 0 { normal.fit = .inside }
        switch normal.fit {
        case .cover:
            if let anchor = gravity.anchor {
                normal.gravity = .focalPoint(x: anchor.x, y: anchor.y)
            }
        case .contain:
            let anchor = gravity.anchor ?? Gravity.Compass.center.focalPoint
            normal.gravity = .focalPoint(x: anchor.x, y: anchor.y)
        case .inside, .outside, .fill: normal.gravity = .center
        }
        if !hasBox { normal.enlarge = false }
        if flip.mirrorsTopBottom {
            // Top and bottom mirrored is half a turn, then left and right mirrored.
            normal.rotation = Rotation(rawValue: rotation.rawValue ^ 2) ?? .none
            normal.flip = flip.mirrorsLeftRight ? .none : .horizontal
        }
        return normal
    }
}
