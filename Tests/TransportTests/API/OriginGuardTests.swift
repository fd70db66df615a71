import Testing

@testable import Transport

struct OriginGuardTests {
    @Test(arguments: [
        ("127.0.0.1:7420", nil, true), ("localhost:7420", nil, true), ("[::1]:7420", nil, true),
        ("a.localhost", nil, true), ("evil.example", nil, false), ("evil.example:7420", nil, false),
        ("127.0.0.1.evil.example", nil, false), ("localhost.evil.example", nil, false), ("", nil, false),
        ("localhost:7420", "http://localhost:7420", true), ("LOCALHOST:7420", "http://localhost:7420", true),
        ("localhost:7420", "http://localhost:8080", false), ("localhost:7420", "https://evil.example", false),
        ("localhost:7420", "null", false), ("localhost:7420", "", false),
        ("localhost:7420", "https://board.example", true), (nil, nil, true), (nil, "http://localhost", false),
    ])
    func `a loopback server answers to loopback names and its own pages`(
        host: String?,
        origin: String?,
        isAdmitted: Bool
    ) {
        let origins = OriginGuard(isLoopback: true, allowed: ["https://Board.example"])
        #expect(origins.admits(ClientAddress(host: host), origin: origin) == isAdmitted)
    }

    @Test func `a public server answers to any name, but to its own pages only`() {
        let origins = OriginGuard(isLoopback: false)
        #expect(origins.admits(ClientAddress(host: "troupe.example"), origin: nil))
        #expect(origins.admits(ClientAddress(host: "troupe.example"), origin: "https://troupe.example"))
        #expect(!origins.admits(ClientAddress(host: "troupe.example"), origin: "https://evil.example"))
    }

    @Test(arguments: [
        ("http", false, "https://t.example", true), ("http", false, "http://t.example", true),
        ("https", false, "http://t.example", false), ("https", true, "https://t.example", true),
        ("http", true, "https://t.example", false), ("https", true, "http://t.example", false),
    ])
    func `where the scheme is known an origin has to have it`(
        scheme: String,
        isForwarded: Bool,
        origin: String,
        isAdmitted: Bool
    ) {
        let client = ClientAddress(scheme: scheme, host: "t.example", isForwarded: isForwarded)
        #expect(OriginGuard(isLoopback: false).admits(client, origin: origin) == isAdmitted)
    }

    @Test func `the name of an allowed origin is one of the server's`() {
        let origins = OriginGuard(isLoopback: true, allowed: ["https://T.example:8443"])
        #expect(origins.admits(ClientAddress(host: "t.example:8443"), origin: nil))
        #expect(!origins.admits(ClientAddress(host: "t.example"), origin: nil))
    }
}

extension ServerTests {
    @Test(.timeLimit(.minutes(1)))
    func `a page of another origin can neither post nor open a socket`() async throws {
        try await TestServer.with { server in
            try await server.session()
            let foreign = ["Origin": "https://evil.example"]
            let posted = try await server.request("POST", "/v1/sessions", "{}", headers: foreign)
            #expect(posted.status == 403 && posted.code == "forbidden_origin")
            #expect(try await server.request("GET", "/v1/sessions/s1/events", headers: foreign).status == 403)
            #expect(try await server.socket(headers: foreign).head.status == 403)
            #expect(try await server.socket("/v1/sessions/s1/ws", headers: foreign).head.status == 403)

            let rebound = ["Host": "evil.example:7420", "Origin": "http://evil.example:7420"]
            #expect(try await server.request("GET", "/v1/sessions", headers: rebound).status == 403)
            #expect(try await server.socket(headers: rebound).head.status == 403)

            let own = ["Host": "localhost:7420", "Origin": "http://localhost:7420"]
            #expect(try await server.request("POST", "/v1/sessions", "{}", headers: own).status == 201)
            #expect(try await server.socket(headers: own).head.status == 101)
        }
    }
}
