import Testing

@testable import Transport

/// `ByteRange` and `HTTPDate`.
@Suite struct ByteRangeTests {
    @Test(arguments: [
        (nil, 10, ByteRange.all), ("bytes=0-0", 10, .part(0..<1)), ("bytes=0-9", 10, .part(0..<10)),
        ("bytes=5-", 10, .part(5..<10)), ("bytes=-3", 10, .part(7..<10)), ("bytes=-30", 10, .part(0..<10)),
        ("bytes=5-100", 10, .part(5..<10)), ("Bytes=1-2", 10, .part(1..<3)), ("bytes= 1 - 2 ", 10, .part(1..<3)),
        ("bytes=10-", 10, .unsatisfiable), ("bytes=10-12", 10, .unsatisfiable), ("bytes=-0", 10, .unsatisfiable),
        ("bytes=0-", 0, .unsatisfiable), ("bytes=-1", 0, .unsatisfiable), ("bytes=5-4", 10, .all),
        ("bytes=0-1,3-4", 10, .all), ("bytes=", 10, .all), ("bytes=-", 10, .all), ("bytes=a-b", 10, .all),
        ("bytes=--1", 10, .all), ("bytes=+1-2", 10, .all), ("items=0-1", 10, .all), ("", 10, .all),
        ("bytes=0-99999999999999999999999", 10, .part(0..<10)),
        ("bytes=99999999999999999999999-", 10, .unsatisfiable),
        ("bytes=-99999999999999999999999", 10, .part(0..<10)),
        ("bytes=9223372036854775807-9223372036854775807", 10, .unsatisfiable),
    ])
    func `a range is what RFC 9110 makes of it`(header: String?, size: Int, expected: ByteRange) {
        #expect(ByteRange(header, size: size) == expected)
    }

    @Test func `a date is in the one form that all can read`() {
        #expect(HTTPDate.text(millisecondsSince1970: 784_111_777_999) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.text(millisecondsSince1970: .max) == nil)
    }

    @Test(arguments: [
        ("a.txt", #"attachment; filename="a.txt""#),
        ("ä \"b\".txt", #"attachment; filename="_ _b_.txt"; filename*=UTF-8''%C3%A4%20%22b%22.txt"#),
        ("a\r\nSet-Cookie: x", #"attachment; filename="a_Set-Cookie: x"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x"#),
    ])
    func `a file's name cannot become another header`(name: String, expected: String) {
        let header = FileRoutes.attachment(name)
        #expect(header == expected || !header.contains("\r") && !header.contains("\n"))
        #expect(header.hasPrefix("attachment; filename=\""))
    }
}
