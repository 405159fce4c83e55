import Imaging
import Rendition
import WorkerLink

extension RenderJob {
    /// What shares a decoding comes together. Then what is soon done comes first, so that nobody
    /// waits for another's slow encoder; of equals the larger.
    func workOrder(of picture: borrowing MappedOriginal?, by renderer: Renderer) -> [Int] {
        let fineness: [Double]
        switch picture {
        case .none: fineness = outputs.map { _ in 1 }
        case .some(let picture):
            let way = DecodingWay(picture.original, of: input)
            fineness = outputs.map { way.fineness(for: $0, by: renderer) }
        }
        return outputs.indices.sorted { left, right in
            let (first, second) = (outputs[left], outputs[right])
            if fineness[left] != fineness[right] { return fineness[left] < fineness[right] }
            if first.slowness != second.slowness { return first.slowness < second.slowness }
            return Int(first.width) + Int(first.height) > Int(second.width) + Int(second.height)
        }
    }

    /// What the edge makes of an original passes whatever types it takes.
    var inputLimits: JobLimits {
        guard input.masterOf != nil, !input.isMasterMissing else { return limits }
        var own = limits
        own.inputTypes = [.jpeg, .webp]
        return own
    }
}

extension Recipe {
    /// Of its encoder, next to the others.
    fileprivate var slowness: Int {
        switch format {
        case .negotiated, .fallback, .explicit(.jpeg): 0
        case .explicit(.webp): 1
        case .explicit(.png), .explicit(.gif): 2
        case .explicit(.jxl): 3
        case .explicit(.avif): 4
        }
    }
}
