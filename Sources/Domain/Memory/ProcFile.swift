import Glibc

/// A file of the kernel whose text is made anew each time that it is read; kept open, so that it can be read when no
/// descriptor is left.
final class ProcFile: Sendable {
    private let descriptor: CInt

    /// nil when there is no such file.
    init?(_ path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
    }

    deinit {
        close(descriptor)
    }

    /// Its text now, up to 16 KiB; empty when it cannot be read.
    func text() -> String {
        String(unsafeUninitializedCapacity: 16_384) { buffer in
            // Safety: the kernel writes no more than the buffer takes, and says how much it was.
            max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
        }
    }

    /// The whole number that it is; nil for anything else, as "max".
    func number() -> Int? {
        Int(text().prefix { !$0.isWhitespace })
    }

    /// The text of a file that is read once.
    static func text(of path: String) -> String? {
        ProcFile(path)?.text()
    }
}
