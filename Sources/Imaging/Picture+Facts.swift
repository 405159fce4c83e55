internal import CVipsShim
internal import Coding
internal import Containers
internal import Rendition
internal import WorkerLink

extension Picture {
    /// What the header of an original told; `isDescribed`: its colours, otherwise than by a
    /// profile.
    func facts(
        type: ImageType, frames: Int, chunks: PNGChunks?, exif: EXIFFields, isDescribed: Bool
    ) -> ImageFacts {
        let layout = layout
        // Of these it is the container that turns.
        let isTurned = type == .avif || type == .heic
        let orientation = isTurned ? 1 : exif.orientation ?? orientation
        let swaps = Turn(exifOrientation: orientation).swapsSides
        let depth =
            chunks?.bitDepth ?? UInt8(clamping: integer("heif-bitdepth", else: sampleBits))
        return ImageFacts(
            type: type, width: UInt32(swaps ? layout.height : layout.width),
            height: UInt32(swaps ? layout.width : layout.height), orientation: orientation,
            frames: UInt32(clamping: frames), hasAlpha: layout.hasAlpha, colorSpace: colorSpace,
            isFar: isDescribed || hasForeignProfile || depth > 8 || !isInPlainColours,
            bitDepth: depth,
            isProgressive: chunks?.isInterlaced ?? (integer("jpeg-multiscan", else: 0) != 0),
            capturedAt: exif.taken.flatMap(CameraTime.seconds))
    }

    private var isInPlainColours: Bool { colorSpace == .srgb || colorSpace == .grey }

    private var sampleBits: Int {
        switch Int(layout.number) {
        case CVipsShim_unsignedByte: 8
        case CVipsShim_unsignedShort: 16
        default: 32
        }
    }

    private var colorSpace: ColorSpace {
        switch Int(layout.colour) {
        case CVipsShim_colourGrey: .grey
        case CVipsShim_colourSRGB: .srgb
        case CVipsShim_colourCMYK: .cmyk
        case CVipsShim_colourLab: .lab
        case CVipsShim_colourGrey16: .grey16
        case CVipsShim_colourRGB16: .rgb16
        default: .other
        }
    }
}

/// The date and time an EXIF field holds, `YYYY:MM:DD HH:MM:SS`.
enum CameraTime {
    /// Seconds since 1970, the camera's clock read as UTC; `nil` unless a real point in time, and
    /// one at which a picture can have been taken.
    static func seconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8.prefix(19))
        guard bytes.count == 19 else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            bytes[range].reduce(Optional(0)) { sum, digit in
                guard let sum, (0x30...0x39).contains(digit) else { return nil }
                return sum * 10 + Int(digit - 0x30)
            }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            year > 0, let date = CalendarDay(year: year, month: month, day: day), hour < 24,
            minute < 60, second < 61
        else { return nil }
        let minutes = (date.daysSince1970 * 24 + hour) * 60 + minute
        let seconds = Int64(minutes * 60 + second)
        return PictureBounds.captureSeconds.contains(seconds) ? seconds : nil
    }
}
