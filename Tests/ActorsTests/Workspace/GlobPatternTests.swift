import Testing

@testable import Actors

/// `GlobPattern`.
@Suite struct GlobPatternTests {
    @Test(arguments: [
        ("*.swift", "a/b.swift", true), ("*.swift", "b.swift", true), ("*.swift", "b.swif", false),
        ("a/*.swift", "a/b.swift", true), ("a/*.swift", "a/c/b.swift", false), ("a/**/b", "a/b", true),
        ("a/**/b", "a/x/y/b", true), ("a/**/b", "x/a/b", false), ("**", "a/b/c", true), ("**/c", "c", true),
        ("?.txt", "a.txt", true), ("?.txt", "ab.txt", false), ("?", "ä", true), ("[a-c]x", "bx", true),
        ("[a-c]x", "dx", false), ("[!a-c]x", "dx", true), ("[]]", "]", true), ("[", "[", true), ("a[", "a[", true),
        ("\\*", "*", true), ("\\*", "a", false), ("*a*b*c*", "xxaxxbxxcxx", true), ("*a*b*c*", "xxaxxcxxbxx", false),
        ("**/*.c", "x/y/z.c", true), ("*", ".hidden", true), ("a/", "a", true), ("[z-a]", "m", true),
    ])
    func `a pattern matches as in a shell`(pattern: String, path: String, expected: Bool) throws {
        let names = path.split(separator: "/").map(String.init)
        #expect(try GlobPattern(pattern).matches(names[...]) == expected)
    }

    @Test(arguments: ["", "/etc/*", String(repeating: "*", count: 257)])
    func `one that is none is refused`(pattern: String) {
        #expect(refusal { try GlobPattern(pattern) } == .pathRefused)
    }

    /// Would take longer than the universe is old if it were tried way by way.
    @Test func `a hostile pattern costs no more than its length`() throws {
        let pattern = try GlobPattern(String(repeating: "a*", count: 120) + "b")
        let deep = try GlobPattern(String(repeating: "**/", count: 60) + "b")
        let name = String(repeating: "a", count: 255)
        #expect(!pattern.matches([name]))
        #expect(!deep.matches(Array(repeating: "a", count: 64)[...]))
    }
}
