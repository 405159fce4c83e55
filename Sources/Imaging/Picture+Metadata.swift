internal import CVipsShim

/// What a header says beside the pixels. Names are libvips' own.
extension Picture {
    /// Of a TIFF's own field, 1…8.
    var orientation: UInt8 { unsafe with { unsafe UInt8(clamping: CVipsShim_orientation($0)) } }

    func integer(_ name: String, else fallback: Int) -> Int {
        unsafe with { image in
            unsafe name.withCString { name in
                Int(unsafe CVipsShim_integer(image, name, CInt(clamping: fallback)))
            }
        }
    }

    func integers(_ name: String) -> [CInt] {
        unsafe with { image in
            unsafe name.withCString { name in
                var count: CInt = 0
                let values = unsafe CVipsShim_integers(image, name, &count)
                return unsafe Array(UnsafeBufferPointer(start: values, count: Int(count)))
            }
        }
    }

    /// `absent` where no profile is embedded.
    func withProfile<R>(else absent: R, _ body: (RawSpan) -> R) -> R {
        unsafe with { image in
            var count = 0
            let start = unsafe CVipsShim_blob(image, "icc-profile-data", &count)
            guard let start = unsafe start, count > 0 else { return absent }
            return unsafe body(UnsafeRawBufferPointer(start: start, count: count).bytes)
        }
    }

    /// Of a field of bytes; `nil` where it is missing.
    func bytes(_ name: String) -> [UInt8]? {
        unsafe with { image in
            unsafe name.withCString { name in
                var count = 0
                guard let start = unsafe CVipsShim_blob(image, name, &count) else { return nil }
                return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
            }
        }
    }

    /// The same pixels without any field.
    func withoutMetadata() throws(ImagingError) -> Picture {
        try unsafe mapped { image, out in unsafe CVipsShim_forget_metadata(image, out) }
    }

    /// Only on a picture that `withoutMetadata` gave.
    func set(_ name: String, _ bytes: [UInt8]) {
        unsafe with { image in
            unsafe name.withCString { name in
                unsafe bytes.withUnsafeBytes {
                    guard let start = $0.baseAddress else { return }
                    unsafe CVipsShim_set_blob(image, name, start, $0.count)
                }
            }
        }
    }

    /// Only on a picture that `withoutMetadata` gave.
    func set(_ name: String, _ value: Int) {
        unsafe with { image in
            unsafe name.withCString {
                unsafe CVipsShim_set_integer(image, $0, CInt(clamping: value))
            }
        }
    }

    /// Only on a picture that `withoutMetadata` gave.
    func set(_ name: String, _ values: [CInt]) {
        unsafe with { image in
            unsafe name.withCString {
                unsafe CVipsShim_set_integers(image, $0, values, CInt(values.count))
            }
        }
    }
}
