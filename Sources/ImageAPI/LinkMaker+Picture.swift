internal import ImageIndex
internal import Rendition

extension LinkMaker {
    /// An element of HTML that shows the image in the widths that links have: for a cache in front
    /// that keeps one answer a URL, each format has its own, the best first. `nil` where nothing
    /// may be asked for.
    func pictureElement(of image: ImageDocument) -> String? {
        let usual: OutputFormat = image.hasAlpha ? .png : .jpeg
        guard policy.formats.contains(usual), let plain = sourceSet(of: image, as: usual)
        else { return nil }
        var text = "<picture>"
        for format in [OutputFormat.avif, .webp]
        where policy.formats.contains(format) && policy.negotiated.contains(format) {
            guard let sources = sourceSet(of: image, as: format) else { continue }
            text += "<source type=\"image/\(format.fileExtension)\" srcset=\"\(sources.set)\" "
            text += "sizes=\"100vw\">"
        }
        text += "<img src=\"\(plain.widest)\" srcset=\"\(plain.set)\" sizes=\"100vw\" "
        return text + "width=\"\(image.width)\" height=\"\(image.height)\" alt=\"\"></picture>"
    }

    private func sourceSet(
        of image: ImageDocument, as format: OutputFormat
    ) -> (set: String, widest: String)? {
        func url(_ request: RenditionRequest) -> String? {
            var recipe = request.recipe
            recipe.format = .explicit(format)
            return RenditionRequest(original: image.hash, recipe: recipe)
                .flatMap { self.url($0) }?.replacing("&", with: "&amp;")
        }
        var widths: [UInt16: String] = [:]
        for (_, request) in sizes(of: image.hash)
        where request.recipe.isPlainWidth && request.recipe.width < image.width {
            widths[request.recipe.width] = url(request)
        }
        var sources = widths.sorted { $0.key < $1.key }.map { (url: $1, width: Int($0)) }
        if let whole = url(RenditionRequest(original: image.hash, width: 0)) {
            sources.append((whole, image.width))
        }
        guard let widest = sources.last?.url else { return nil }
        return (sources.map { "\($0.url) \($0.width)w" }.joined(separator: ", "), widest)
    }
}

extension Recipe {
    /// A width and nothing else.
    var isPlainWidth: Bool {
        hasBox && self == Recipe(width: width, height: 0, format: .negotiated)
    }
}
