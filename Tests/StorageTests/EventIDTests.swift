import Testing

@testable import Storage

@Suite struct EventIDTests {
    @Test(
        arguments: [
            (1, 0, "1.0"), (1, 42, "1.42"), (0, 7, "0.7"), (UInt32.max, UInt64.max, "4294967295.18446744073709551615"),
        ] as [(UInt32, UInt64, String)]
    )
    func `an id is read as it is written`(epoch: UInt32, sequence: UInt64, text: String) {
        let id = EventID(epoch: epoch, sequence: sequence)
        #expect(id.description == text)
        #expect(EventID(text) == id)
        #expect(EventID("x\(text)".dropFirst()) == id)
    }

    @Test(
        arguments: [
            "", ".", "1", "1.", ".1", "1.2.3", "01.2", "1.02", "+1.2", "1.+2", "-1.2", "1.-2", " 1.2", "1.2 ", "1. 2",
            "a.b",
            "1,2", "4294967296.1", "1.18446744073709551616", "0x1.2", "1.2\n", "１.２", "1.٢", "1e0.2", "earliest",
            "latest",
        ]
    )
    func `any other text is no id`(text: String) {
        #expect(EventID(text) == nil)
    }

    @Test func `ids are ordered by epoch, then by number`() {
        let ids = [(1, 0), (1, 1), (1, 10), (2, 0), (2, 9)].map { EventID(epoch: $0.0, sequence: $0.1) }
        for (place, id) in ids.enumerated() {
            for other in ids[(place + 1)...] {
                #expect(id < other)
                #expect(!(other < id))
            }
        }
    }
}
