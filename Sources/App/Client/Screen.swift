import Foundation

/// Where a command says what it has to say: answers on stdout, notes beside them.
struct Screen: Sendable {
    /// Whether notes stand among the answers, or on stderr, so that stdout holds the answer alone.
    let notesAreAnswers: Bool
    private let hasColour: Bool

    init(notesAreAnswers: Bool) {
        self.notesAreAnswers = notesAreAnswers
        let plain = ProcessInfo.processInfo.environment["NO_COLOR"]?.isEmpty == false
        self.hasColour = !plain && isatty(notesAreAnswers ? STDOUT_FILENO : STDERR_FILENO) == 1
    }

    /// Writes text as it is.
    func write(_ text: String) { Self.put(text, to: .standardOutput) }

    /// Writes one line.
    func line(_ text: String) { self.write("\(text)\n") }

    /// Writes a line that is not part of the answer; dim on a terminal.
    func note(_ text: String) {
        let line = self.hasColour ? "\u{1B}[2m\(text)\u{1B}[0m\n" : "\(text)\n"
        Self.put(line, to: self.notesAreAnswers ? .standardOutput : .standardError)
    }

    /// Text from elsewhere, without what would make a terminal do something.
    static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { scalar in
                    scalar == "\n" || scalar == "\t" || (scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value))
                }
            )
        )
    }

    /// The same on one line, cut to a length.
    static func brief(_ text: String, _ length: Int = 200) -> String {
        let line = Self.plain(text).replacing("\n", with: " ")
        return line.count > length ? "\(line.prefix(length))…" : line
    }

    private static func put(_ text: String, to handle: FileHandle) {
        // Nobody reads any more: nothing is left to be said.
        do { try handle.write(contentsOf: Data(text.utf8)) } catch { Foundation.exit(ExitStatus.detached) }
    }
}
