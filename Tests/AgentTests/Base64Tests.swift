import Foundation
import TestSupport
import Testing

@testable import Agent

@Suite struct Base64Tests {
    @Test func `bytes come back as they were`() {
        var random = SeededGenerator(seed: 7)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(Self.decode(Data(bytes).base64EncodedString()) == bytes)
        }
    }

    @Test(arguments: [
        "=", "A", "AA", "AAA", "A===", "====", "AA=A", "AA==AAAA", "AAA=AAAA", "AB==", "AAB=", "AA==\n", " AAA", "AA-_",
        "AAAA\nAAA", "AAAÿ", "AAA\u{0}", "AAAA=", "AAAAAA=A",
    ])
    func `what is not strictly base64 is refused`(text: String) {
        #expect(Self.decode(text) == nil)
    }

    @Test func `a wrong character is found wherever it is`() {
        let text = Array(Data(repeating: 0x5A, count: 31).base64EncodedString().utf8)
        for index in text.indices {
            for wrong: UInt8 in [0, 0x20, 0x2D, 0x7F, 0x80, 0xFF] {
                var damaged = text
                damaged[index] = wrong
                #expect(damaged.withUnsafeBytes { Base64.decode($0) } == nil)
            }
        }
    }

    private static func decode(_ text: String) -> [UInt8]? {
        Array(text.utf8).withUnsafeBytes { Base64.decode($0) }
    }
}
