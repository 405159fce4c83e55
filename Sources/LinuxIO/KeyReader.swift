internal import CLinux
internal import Glibc

/// Keys of a terminal as they are pressed, while this lives: none is shown, none waits for the end
/// of a line, and none is a signal. Afterwards the terminal is as it was.
package final class KeyReader {
    private let descriptor: CInt
    private let settingsBefore: termios

    /// `nil`: that is no terminal.
    package init?(_ descriptor: CInt) {
        var settings = termios()
        guard unsafe tcgetattr(descriptor, &settings) == 0 else { return nil }
        (self.descriptor, settingsBefore) = (descriptor, settings)
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        _ = unsafe tcsetattr(descriptor, TCSANOW, &settings)
    }

    deinit {
        var settings = settingsBefore
        _ = unsafe tcsetattr(descriptor, TCSANOW, &settings)
    }

    package enum Key: Equatable { case byte(UInt8), none, ended }

    /// The next one, if it comes in time.
    package func next(milliseconds: Int) -> Key {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&wanted, 1, CInt(clamping: milliseconds)) > 0 else { return .none }
        var byte: UInt8 = 0
        return unsafe read(descriptor, &byte, 1) == 1 ? .byte(byte) : .ended
    }
}
