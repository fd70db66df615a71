import Testing

@testable import Actors

@Suite struct IdentifierTests {
    @Test func `made ids are told apart by their prefix, are acceptable and differ`() {
        let makers: [(String, () -> String)] = [
            ("s_", Identifier.session), ("t_", Identifier.turn), ("m_", Identifier.message),
        ]
        for (prefix, make) in makers {
            let ids = (0..<1000).map { _ in make() }
            #expect(Set(ids).count == 1000)
            #expect(ids.allSatisfy { $0.hasPrefix(prefix) && $0.count == 22 && Identifier.isAcceptable($0) })
        }
    }

    @Test(arguments: ["a", "Z", "0", "_", "-", "my-Session_01", String(repeating: "x", count: 64)])
    func `plain ids are accepted`(id: String) {
        #expect(Identifier.isAcceptable(id))
    }

    @Test(arguments: ["", String(repeating: "x", count: 65), "a b", "a/b", "..", "a\"", "é", "a\n", "a%20", "a\0", "１"])
    func `other ids are refused`(id: String) {
        #expect(!Identifier.isAcceptable(id))
    }
}
