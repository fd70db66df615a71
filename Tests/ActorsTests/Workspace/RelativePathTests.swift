import Testing

@testable import Actors

/// `RelativePath`.
@Suite struct RelativePathTests {
    @Test(arguments: [
        "/", "/etc/passwd", "//etc/passwd", "..", "../x", "a/..", "a/../b", "a/../../b", "./a", "a/./b", "a//b", "a\0b",
        "\0", "a/\0/b", "a/b\0", "../../../../../../../../etc/passwd", ".//", "a/..//b",
        String(repeating: "x", count: 256),
        String(repeating: "a/", count: 64) + "b",
        Array(repeating: String(repeating: "n", count: 255), count: 17).joined(separator: "/"),
    ])
    func `a path that leads out, is not plain or is too long is refused`(text: String) {
        #expect(refusal { try RelativePath(text) } == .pathRefused, "\(text.prefix(40))")
    }

    /// What only looks like a way out is a name as any other; the kernel has the last word.
    @Test(arguments: [
        "a", "a/b", "...", "a..", "..a", "a/...", " ", "~", "~root", "C:\\x", "..\\..\\x", "%2e%2e", "$HOME", "`id`",
        "-rf", "con", "a\nb", "\u{202E}txt", "ä", "\u{FF0E}\u{FF0E}", "。。", ".git/config", "proc/self/fd/0",
        String(repeating: "x", count: 255), String(repeating: "a/", count: 63) + "b",
    ])
    func `any other name is one`(text: String) throws {
        #expect(try RelativePath(text).description == text)
    }

    @Test(arguments: ["", ".", "./"]) func `the workspace itself has no name`(text: String) throws {
        if text == "./" {
            #expect(try RelativePath(text).isRoot)
        } else {
            #expect(try RelativePath(text).isRoot)
        }
    }

    @Test func `a slash at the end is left out`() throws {
        #expect(try RelativePath("a/b/").names == ["a", "b"])
    }

    @Test(arguments: ["a/b", "..", "", ".", "a\0"]) func `a URL's segment is one name`(name: String) {
        #expect(refusal { try RelativePath(names: [name]) } == .pathRefused)
    }
}
