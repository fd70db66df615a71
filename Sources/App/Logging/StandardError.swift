import Foundation
import NIOCore
import Synchronization

/// Where the log goes.
enum StandardError {
    private static let lock = Mutex(())

    /// Writes a whole line, not mixed with others; what cannot be written is lost.
    static func write(_ line: ByteBuffer) {
        self.lock.withLock { _ in
            line.withUnsafeReadableBytes { bytes in
                var rest = bytes
                while !rest.isEmpty {
                    let written = Foundation.write(STDERR_FILENO, rest.baseAddress, rest.count)
                    guard written > 0 else {
                        if errno == EINTR { continue }
                        return
                    }
                    rest = UnsafeRawBufferPointer(rebasing: rest[written...])
                }
            }
        }
    }
}
