internal import Configuration
internal import Digest
internal import Glibc
internal import LinuxIO
internal import Originals
internal import Rendering
internal import Rendition

/// The configured watermarks with their pictures, read once at the start: one that is changed later
/// counts from the next start on.
struct LoadedWatermarks {
    let watermarks: [Watermark]
    let store: WatermarkStore

    /// A logo, not a poster.
    private static let byteLimit = 4 << 20

    /// - Parameter pool: where the store of originals may be waited for.
    init(
        _ configuration: Configuration, _ originals: any Originals, on pool: BlockingPool
    ) throws(StartError) {
        var known: [(watermark: Watermark, file: SharedDescriptor)] = []
        for setting in configuration.watermarks {
            do throws(SystemError) {
                let bytes = try Self.bytes(of: setting, originals, pool)
                let content = ContentHash(SHA256Digest(of: bytes))
                let watermark = Watermark(
                    name: setting.name, placement: setting.placement, content: content)
                let span = bytes.span
                let file = unsafe try SharedDescriptor(SealedMemory.file(holding: span.bytes))
                known.append((watermark, file))
            } catch {
                throw .watermark("\(setting.name)", reason: "\(error)")
            }
        }
        watermarks = known.map(\.watermark)
        store = WatermarkStore(known)
    }

    private static func bytes(
        of setting: WatermarkSetting, _ originals: any Originals, _ pool: BlockingPool
    ) throws(SystemError) -> [UInt8] {
        let file: SharedDescriptor
        switch setting.picture {
        case .file(let path):
            file = SharedDescriptor(try Files.open(path, flags: O_RDONLY | O_NONBLOCK))
        case .original(let hash):
            let original = pool.wait {
                try? SharedDescriptor(await originals.open(hash).takeDescriptor())
            }
            guard let original else { throw SystemError(call: "open", code: ENOENT) }
            file = original
        }
        guard try FileStatus.of(file).isRegularFile else {
            throw SystemError(call: "read", code: EINVAL)
        }
        let count = try Files.size(file.rawValue)
        guard count > 0 else { throw SystemError(call: "read", code: ENODATA) }
        guard count <= byteLimit else { throw SystemError(call: "read", code: EFBIG) }
        return try Files.read(file.rawValue, offset: 0, byteCount: count)
    }
}
