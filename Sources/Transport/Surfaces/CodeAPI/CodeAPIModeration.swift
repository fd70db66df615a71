/// The patterns for which claude-code-api refuses a chat: old tricks against agents, and commands that ruin a machine.
///
/// A scan that costs time linear in the text, where the original has regular expressions. It is no protection: what agents
/// may do is decided by permissions and confinement.
enum CodeAPIModeration {
    private static let phrases: [[UInt8]] = {
        var phrases = ["system: you are", "system:you are", "<|im_start|>"]
        for all in ["", "all "] {
            for which in ["previous", "prior", "above"] {
                for what in ["instructions", "prompts"] { phrases.append("ignore \(all)\(which) \(what)") }
            }
        }
        return phrases.map { Array($0.utf8) }
    }()
    /// After which the word must end.
    private static let words: [[UInt8]] = [
        "you are now dan", "you are now jailbreak", "you are now unrestricted", "rm -rf /",
    ].map { Array($0.utf8) }
    private static let bomb = Array(":(){:|:&};:".utf8)
    private static let shells: [[UInt8]] = ["bash", "sh", "zsh"].map { Array($0.utf8) }
    private static let space = UInt8(ascii: " ")
    private static let line = UInt8(ascii: "\n")

    /// Whether a text has one of them.
    static func blocks(_ text: String) -> Bool {
        let lines = Self.simplified(text)
        let flat = lines.map { $0 == Self.line ? Self.space : $0 }
        if Self.phrases.contains(where: { Self.has($0, in: flat, endsWord: false) }) { return true }
        if Self.words.contains(where: { Self.has($0, in: flat, endsWord: true) }) { return true }
        if Self.has(Self.bomb, in: flat.filter { $0 != Self.space }, endsWord: false) { return true }
        return Self.pipesDownload(lines)
    }

    /// In small letters, with one space or one line's end where there is any white space.
    private static func simplified(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case 0x41...0x5A: bytes.append(byte + 0x20)
            case 0x0A, 0x0D:
                if bytes.last == Self.space { bytes.removeLast() }
                if bytes.last != Self.line { bytes.append(Self.line) }
            case 0x09, 0x0B, 0x0C, 0x20:
                if bytes.last != Self.space, bytes.last != Self.line { bytes.append(Self.space) }
            default: bytes.append(byte)
            }
        }
        return bytes
    }

    private static func has(_ phrase: [UInt8], in text: [UInt8], endsWord: Bool) -> Bool {
        guard text.count >= phrase.count else { return false }
        let first = phrase[0]
        for start in 0...(text.count - phrase.count) where text[start] == first {
            let end = start + phrase.count
            guard text[start..<end].elementsEqual(phrase) else { continue }
            if !endsWord || end == text.count || !Self.isWord(text[end]) { return true }
        }
        return false
    }

    /// `curl … | sh`, on one line.
    private static func pipesDownload(_ text: [UInt8]) -> Bool {
        var downloads = false
        let curl = Array("curl ".utf8)
        for place in text.indices {
            switch text[place] {
            case Self.line: downloads = false
            case UInt8(ascii: "c") where !downloads:
                downloads = text[place...].starts(with: curl)
            case UInt8(ascii: "|") where downloads:
                let next = text[(place + 1)...].drop { $0 == Self.space }
                let isShell = Self.shells.contains { shell in
                    next.starts(with: shell) && !(next.dropFirst(shell.count).first.map(Self.isWord) ?? false)
                }
                if isShell { return true }
            default: break
            }
        }
        return false
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "_"), 0x80...0xFF: true
        default: false
        }
    }
}
