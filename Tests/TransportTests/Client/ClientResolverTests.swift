import NIOCore
import Testing

@testable import Transport

/// Who the client is, by what proxies say.
struct ClientResolverTests {
    struct Case: Sendable {
        var peer = "10.0.0.1"
        var fields = ClientResolver.Fields.xForwarded
        var headers: [String: [String]] = [:]
        /// `ip scheme host prefix`.
        let expected: String
    }

    static let trusted = ["10.0.0.0/8", "::1", "127.0.0.1"].compactMap { AddressRange($0) }

    private static func resolve(_ play: Case, base: BasePath = .root) throws -> String {
        let resolver = ClientResolver(trusted: Self.trusted, fields: play.fields, base: base)
        let client = resolver.client(
            peer: try SocketAddress(ipAddress: play.peer, port: 1),
            isSecure: false,
            authority: "inner:7420"
        ) { play.headers[$0] ?? [] }
        return "\(client.ip.map { "\($0)" } ?? "-") \(client.scheme) \(client.host ?? "-") \(client.prefix)"
    }

    static let xForwarded: [Case] = [
        Case(expected: "10.0.0.1 http inner:7420 "),
        Case(headers: ["x-forwarded-for": ["203.0.113.7"]], expected: "203.0.113.7 http inner:7420 "),
        Case(
            headers: [
                "x-forwarded-for": ["203.0.113.7"], "x-forwarded-proto": ["https"], "x-forwarded-host": ["t.example"],
            ],
            expected: "203.0.113.7 https t.example "
        ),
        // Nobody believes a stranger.
        Case(
            peer: "203.0.113.9",
            headers: [
                "x-forwarded-for": ["127.0.0.1"], "x-forwarded-proto": ["https"], "x-forwarded-host": ["evil.example"],
                "x-forwarded-prefix": ["/x"],
            ],
            expected: "203.0.113.9 http inner:7420 "
        ),
        // What a client puts in front of the list is its own invention.
        Case(
            headers: ["x-forwarded-for": ["127.0.0.1, 203.0.113.7"], "x-forwarded-proto": ["https, http"]],
            expected: "203.0.113.7 http inner:7420 "
        ),
        // Two trusted proxies in a row, in one field or in two.
        Case(headers: ["x-forwarded-for": ["203.0.113.7, 10.0.0.9"]], expected: "203.0.113.7 http inner:7420 "),
        Case(headers: ["x-forwarded-for": ["203.0.113.7", "10.0.0.9"]], expected: "203.0.113.7 http inner:7420 "),
        Case(
            headers: ["x-forwarded-for": ["6.6.6.6, 203.0.113.7, 10.0.0.9"], "x-forwarded-proto": ["https"]],
            expected: "203.0.113.7 https inner:7420 "
        ),
        Case(
            headers: ["x-forwarded-for": ["203.0.113.7, 10.0.0.9"], "x-forwarded-proto": ["https, http"]],
            expected: "203.0.113.7 https inner:7420 "
        ),
        // All hops are ours: the first of them asked.
        Case(headers: ["x-forwarded-for": ["10.0.0.3, 10.0.0.2"]], expected: "10.0.0.3 http inner:7420 "),
        // IPv6, with brackets and ports.
        Case(headers: ["x-forwarded-for": ["2001:db8::7"]], expected: "2001:db8::7 http inner:7420 "),
        Case(headers: ["x-forwarded-for": ["[2001:db8::7]:4711"]], expected: "2001:db8::7 http inner:7420 "),
        Case(headers: ["x-forwarded-for": ["203.0.113.7:4711"]], expected: "203.0.113.7 http inner:7420 "),
        Case(peer: "::1", headers: ["x-forwarded-for": ["2001:db8::7"]], expected: "2001:db8::7 http inner:7420 "),
        Case(peer: "::ffff:10.0.0.1", headers: ["x-forwarded-for": ["1.1.1.1"]], expected: "1.1.1.1 http inner:7420 "),
        // Garbage leaves the proxy that wrote it as the last that is known.
        Case(headers: ["x-forwarded-for": ["unknown"]], expected: "10.0.0.1 http inner:7420 "),
        Case(headers: ["x-forwarded-for": ["6.6.6.6, unknown"]], expected: "10.0.0.1 http inner:7420 "),
        Case(headers: ["x-forwarded-for": ["6.6.6.6, nonsense, 10.0.0.9"]], expected: "10.0.0.9 http inner:7420 "),
        Case(headers: ["x-forwarded-for": [", ,"]], expected: "10.0.0.1 http inner:7420 "),
        Case(headers: ["x-forwarded-for": ["[::1"]], expected: "10.0.0.1 http inner:7420 "),
        Case(headers: ["x-forwarded-for": ["1.2.3.4:port"]], expected: "10.0.0.1 http inner:7420 "),
        Case(
            headers: [
                "x-forwarded-for": ["1.1.1.1"], "x-forwarded-proto": ["gopher"], "x-forwarded-host": ["a b/<x>"],
            ],
            expected: "1.1.1.1 http inner:7420 "
        ),
        // A prefix that the proxy has taken off.
        Case(headers: ["x-forwarded-prefix": ["/troupe/"]], expected: "10.0.0.1 http inner:7420 /troupe"),
        Case(headers: ["x-forwarded-prefix": ["//evil.example"]], expected: "10.0.0.1 http inner:7420 "),
        Case(headers: ["x-forwarded-prefix": ["/a/../b"]], expected: "10.0.0.1 http inner:7420 "),
        // The other family is passed on by such a proxy as the client wrote it.
        Case(headers: ["forwarded": ["for=127.0.0.1;host=evil.example"]], expected: "10.0.0.1 http inner:7420 "),
    ]

    static let forwarded: [Case] = [
        Case(fields: .forwarded, headers: ["forwarded": ["for=203.0.113.7"]], expected: "203.0.113.7 http inner:7420 "),
        Case(
            fields: .forwarded,
            headers: ["forwarded": ["For=\"[2001:db8:cafe::17]:4711\"; PROTO=https ;host=\"t.example:8443\";by=_x"]],
            expected: "2001:db8:cafe::17 https t.example:8443 "
        ),
        Case(
            fields: .forwarded,
            headers: ["forwarded": ["for=6.6.6.6;host=evil.example, for=203.0.113.7;proto=https;host=t.example"]],
            expected: "203.0.113.7 https t.example "
        ),
        Case(
            fields: .forwarded,
            headers: [
                "forwarded": ["for=203.0.113.7;proto=https;host=t.example", "for=10.0.0.9;proto=http;host=inner"]
            ],
            expected: "203.0.113.7 https t.example "
        ),
        Case(
            fields: .forwarded,
            headers: ["forwarded": ["for=_hidden;proto=https"]],
            expected: "10.0.0.1 https inner:7420 "
        ),
        Case(
            fields: .forwarded,
            headers: ["forwarded": ["for=6.6.6.6, for=unknown, for=10.0.0.9"]],
            expected: "10.0.0.9 http inner:7420 "
        ),
        Case(
            fields: .forwarded,
            headers: ["forwarded": ["for=\"1.1.1.1\\\", for=2.2.2.2\";proto=https"]],
            expected: "10.0.0.1 https inner:7420 "
        ),
        Case(fields: .forwarded, headers: ["forwarded": [";;,=,for"]], expected: "10.0.0.1 http inner:7420 "),
        Case(fields: .forwarded, headers: ["forwarded": ["for=\""]], expected: "10.0.0.1 http inner:7420 "),
        Case(
            fields: .forwarded,
            headers: ["x-forwarded-for": ["6.6.6.6"], "x-forwarded-prefix": ["/x"]],
            expected: "10.0.0.1 http inner:7420 "
        ),
        Case(
            peer: "203.0.113.9",
            fields: .forwarded,
            headers: ["forwarded": ["for=127.0.0.1"]],
            expected: "203.0.113.9 http inner:7420 "
        ),
    ]

    @Test(arguments: xForwarded + forwarded)
    func `the client is the first that no trusted proxy is`(play: Case) throws {
        #expect(try Self.resolve(play) == play.expected, "\(play.headers)")
    }

    @Test
    func `the prefix that a proxy has taken off stands before the server's own`() throws {
        let play = Case(headers: ["x-forwarded-prefix": ["/a"]], expected: "")
        #expect(try Self.resolve(play, base: try #require(BasePath("/b"))) == "10.0.0.1 http inner:7420 /a/b")
    }

    @Test(arguments: [
        ("/troupe", "/troupe"), ("/troupe/", "/troupe"), ("/a/b", "/a/b"), ("/", ""), ("/a-b_c.d~e", "/a-b_c.d~e"),
    ])
    func `a base path is read`(text: String, path: String) {
        #expect(BasePath(text)?.path == path)
    }

    @Test(arguments: ["", "troupe", "//", "/a//b", "/a/../b", "/.", "/a b", "/a?b", "/a%2Fb", "/ä", "https://x/"])
    func `what is no base path is refused`(text: String) {
        #expect(BasePath(text) == nil)
    }

    @Test(arguments: [
        ("/troupe/v1/ws", "/v1/ws"), ("/troupe", "/"), ("/troupe/", "/"), ("/troupe?x=1", "/?x=1"),
        ("/troupe/v1?x=/troupe", "/v1?x=/troupe"), ("/troupes/v1", nil), ("/v1/ws", nil), ("/", nil), ("*", nil),
        ("/Troupe/v1", nil), ("/x/troupe/v1", nil),
    ])
    func `what is below the base path is found`(target: String, rest: String?) throws {
        #expect(try #require(BasePath("/troupe")).strip(target) == rest)
        #expect(BasePath.root.strip(target) == target)
    }
}
