internal import Coding
internal import LinuxIO

/// Names the run of the system, from its start to its fall (`random(4)`).
enum BootIdentity {
    static func current() -> SIMD16<UInt8> {
        var identity = SIMD16<UInt8>()
        do throws(SystemError) {
            let file = try Files.open("/proc/sys/kernel/random/boot_id", flags: 0)
            let text = try Files.read(file.rawValue, offset: 0, byteCount: 36)
            let digits = text.compactMap(\.hexValue)
            guard digits.count == 32 else { return identity }
            for index in 0..<16 { identity[index] = digits[2 * index] << 4 | digits[2 * index + 1] }
        } catch {
            // Not to be told from another run: what was open then is not continued.
            for index in 0..<16 { identity[index] = .random(in: .min ... .max) }
        }
        return identity
    }
}
