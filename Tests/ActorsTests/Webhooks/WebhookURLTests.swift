import Testing

@testable import Actors

@Suite struct WebhookURLTests {
    @Test(arguments: [
        ("https://receiver.example/hook", "receiver.example", 443, "https://receiver.example/hook"),
        ("HTTPS://Receiver.Example./hook?a=b", "receiver.example", 443, "https://receiver.example/hook?a=b"),
        ("http://receiver.example", "receiver.example", 80, "http://receiver.example/"),
        ("http://receiver.example?x=/y", "receiver.example", 80, "http://receiver.example/?x=/y"),
        ("http://10.0.0.1:8080/", "10.0.0.1", 8080, "http://10.0.0.1:8080/"),
        ("https://[2001:DB8::1]:8443/a", "2001:db8::1", 8443, "https://[2001:db8::1]:8443/a"),
        ("http://localhost:80/", "localhost", 80, "http://localhost/"),
        ("http://a_b-c.example:443/", "a_b-c.example", 443, "http://a_b-c.example:443/"),
    ])
    func `a URL is read into its parts and written again from them`(
        text: String,
        host: String,
        port: Int,
        description: String
    ) throws {
        let url = try WebhookURL(text)
        #expect(url.host == host && url.port == port && url.description == description)
        #expect(try WebhookURL(url.description) == url)
    }

    @Test(arguments: [
        "", "receiver.example", "//receiver.example", "ftp://receiver.example", "file:///etc/passwd", "gopher://a",
        "javascript:alert(1)", "http:/receiver.example", "http://", "http:///x", "http://user@receiver.example",
        "http://user:pass@receiver.example", "http://receiver.example@127.0.0.1", "http://127.0.0.1#@receiver.example",
        "http://receiver.example/#fragment", "http://receiver.example\\@127.0.0.1", "http://receiver .example",
        "http://receiver.example/a b", "http://receiver.example/\r\nHost: x", "http://receiver.example:", "http://a:0",
        "http://a:080",
        "http://a:65536", "http://a:+80", "http://a:8 0", "http://a:80:80", "http://[::1", "http://::1/",
        "http://[::1]x/",
        "http://[127.0.0.1]/", "http://[fe80::1%25eth0]/", "http://a..b/", "http://.a/", "http://münchen.example/",
        "http://%31%32%37.0.0.1/", "http://receiver.example/\u{1F600}", "http://a/<b>",
        "http://\(String(repeating: "a", count: 64)).example/",
        "http://a/\(String(repeating: "b", count: 2048))",
    ])
    func `what is no plain http URL is refused`(text: String) {
        #expect(throws: WebhookURL.Flaw.self) { try WebhookURL(text) }
    }

    @Test(arguments: [
        (80, true), (443, true), (1024, true), (3000, true), (8080, true), (8443, true), (65_535, true), (1, false),
        (22, false), (25, false), (110, false), (445, false), (587, false), (993, false), (1023, false), (2049, false),
        (3306, false), (5432, false), (6000, false), (6379, false), (6667, false), (9200, false), (11_211, false),
        (27_017, false),
    ])
    func `ports of other protocols are not usual`(port: Int, isUsual: Bool) throws {
        #expect(try WebhookURL("http://a:\(port)/").hasUsualPort == isUsual)
    }
}
