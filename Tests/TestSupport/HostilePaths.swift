/// Names of files that try to get somewhere else, for everything that takes names from clients.
package enum HostilePaths {
    /// Paths that are refused as they are.
    package static let refused = [
        "/", "/etc/passwd", "//etc/passwd", "..", "../x", "a/..", "a/../b", "a/../../b", "./a", "a/./b", "a//b", "a\0b",
        "\0", "a/\0/b", "a/b\0", "../../../../../../../../etc/passwd", ".//", "a/..//b",
        String(repeating: "x", count: 256),
        String(repeating: "a/", count: 64) + "b",
        Array(repeating: String(repeating: "n", count: 255), count: 17).joined(separator: "/"),
    ]

    /// What only looks like a way out and is a name as any other; the kernel has the last word.
    package static let names = [
        "a", "a/b", "...", "a..", "..a", "a/...", " ", "~", "~root", "C:\\x", "..\\..\\x", "%2e%2e", "$HOME", "`id`",
        "-rf", "con", "a\nb", "\u{202E}txt", "ä", "\u{FF0E}\u{FF0E}", "。。", ".git/config", "proc/self/fd/0",
        String(repeating: "x", count: 255), String(repeating: "a/", count: 63) + "b",
    ]

    /// The ends of URLs, as they are sent, that are refused.
    package static let urls = [
        "../secret", "..%2fsecret", "%2e%2e/secret", "%2e%2e%2fsecret", "a/../../secret", "..", ".", "%2e",
        "%2Fetc%2Fpasswd", "%00", "a%00b", "%ff", "%", "%zz", "a/./b", "%c0%ae%c0%ae/secret",
        String(repeating: "x", count: 300), String(repeating: "d/", count: 65) + "f", "a/%2e%2e/%2e%2e/secret",
        "..%00/secret", "%2e%2e%5c%2e%2e/..%2fsecret", "%e0%80%ae%e0%80%ae/secret", "a/%2e/b", "a/%2e%2e",
    ]

    /// The ends of URLs that only look like it and are names.
    package static let urlNames = [
        "..%5csecret", ";/secret", "%252e%252e/secret", "proc/self/environ", "%EF%BC%8E%EF%BC%8E/secret", "...%2e",
    ]

    /// Symbolic links that an agent may have put into its directory, which has `real` in it, and `secret.txt` and `outside`
    /// beside it.
    package static let links: [(name: String, target: String)] = [
        ("absolute", "/etc"), ("up", ".."), ("upper", "../outside"), ("file", "../secret.txt"),
        ("passwd", "/etc/passwd"), ("magic", "/proc/self/root"), ("magicfd", "/proc/self/fd"),
        ("magiccwd", "/proc/self/cwd"), ("self", "self"), ("ring1", "ring2"), ("ring2", "ring1"), ("inside", "real"),
        ("dangling", "nowhere"), ("real/back", "../.."),
    ]

    /// Paths through those links.
    package static let ways = [
        "absolute/passwd", "up/secret.txt", "upper/file", "file", "passwd", "magic/etc/passwd", "magicfd/0",
        "magiccwd/x", "self", "self/x", "ring1", "ring1/x", "inside/file", "inside", "dangling", "up", "absolute",
        "real/back/secret.txt",
    ]
}
