import Foundation
import Testing

/// A server under attack: knows what it held before, and whether others are still served.
final class Siege {
    let server: ServerProcess
    private let name: String
    /// Of a server with TLS.
    private let certificate: TestCertificate?
    private let before: Vitals
    private var highest = 0

    /// Starts a server with `arguments`, lets `attack` loose on it, and sees to it that afterwards it holds what it held
    /// before: the same descriptors, and no more than `bound` MiB beside its memory.
    ///
    /// What glibc has taken from the system it gives back when it likes, so the bound is for that; each attack would take
    /// far more if the server kept what it was sent.
    static func run(
        _ name: String,
        _ arguments: [String] = [],
        certificate: TestCertificate? = nil,
        bound: Int,
        _ attack: (Siege) async throws -> Void
    ) async throws {
        try await withServer(["--request-timeout", "1"] + arguments) { server in
            let siege = try await Siege(server, name, certificate)
            try await attack(siege)
            try await siege.expectServed()
            try await siege.expectRestored(bound: bound)
        }
    }

    private init(_ server: ServerProcess, _ name: String, _ certificate: TestCertificate?) async throws {
        self.server = server
        self.name = name
        self.certificate = certificate
        // What is made once is made now: threads, pools, the descriptors of both event loops.
        _ = try await Self.ask(server, certificate, "POST", "/v1/sessions", ["id": "witness"])
        _ = try await Self.ask(server, certificate, "POST", Self.messages, ["content": "say hello", "wait_ms": 20_000])
        for _ in 0..<3 { _ = try await Self.ask(server, certificate, "GET", "/v1/sessions") }
        self.before = try await Self.settled(server.pid)
    }

    /// The server's vitals when its descriptors do not change any more.
    private static func settled(_ pid: Int32) async throws -> Vitals {
        var last = Vitals(of: pid)
        for _ in 0..<200 {
            try await Task.sleep(for: .milliseconds(10))
            let next = Vitals(of: pid)
            if next.descriptors == last.descriptors { return next }
            last = next
        }
        return last
    }

    /// Another client gets what it wants, now.
    func expectServed(_ location: SourceLocation = #_sourceLocation) async throws {
        let start = ContinuousClock.now
        let answer = try await Self.ask(self.server, self.certificate, "GET", "/v1/sessions/witness")
        #expect(answer["id"] == "witness", sourceLocation: location)
        let took = Int((ContinuousClock.now - start) / .milliseconds(1))
        let now = Vitals(of: self.server.pid)
        self.highest = max(self.highest, now.memory)
        print("hostile: \(self.name): another is served in \(took) ms; the server holds \(now)")
    }

    /// In the midst of the attack the server has no more than so many MiB beside what it had before.
    func expectHeld(below bound: Int, _ location: SourceLocation = #_sourceLocation) {
        let now = Vitals(of: self.server.pid)
        self.highest = max(self.highest, now.memory)
        #expect(now.memory <= self.before.memory + bound * 1024, "it holds \(now)", sourceLocation: location)
    }

    /// All that the attack took has been given back.
    func expectRestored(bound: Int, _ location: SourceLocation = #_sourceLocation) async throws {
        let (pid, before) = (self.server.pid, self.before)
        do {
            try await waitUntil("return to \(before) and \(bound) MiB", within: .seconds(60)) {
                let now = Vitals(of: pid)
                return now.descriptors == before.descriptors && now.memory <= before.memory + bound * 1024
            }
        } catch {
            Issue.record("\(self.name): \(error), it holds \(Vitals(of: pid))", sourceLocation: location)
        }
        let now = Vitals(of: pid)
        let peak = max(self.highest, now.memory) / 1024
        print("hostile: \(self.name): before \(before); after \(now) (bound +\(bound) MiB, seen \(peak) MiB)")
        #expect(self.server.process.isRunning, sourceLocation: location)
    }

    /// A turn of the witness; gives its end.
    func run(_ prompt: String) async throws -> JSON {
        let message: JSON = ["content": .text(prompt), "wait_ms": 20_000]
        return try await Self.ask(self.server, self.certificate, "POST", Self.messages, message)
    }

    /// Waits until so many read the witness's events.
    func waitForViewers(_ count: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try await Self.ask(self.server, self.certificate, "GET", "/v1/sessions/witness")["viewers"].integer
            != count
        {
            guard ContinuousClock.now < deadline else { throw Timeout("\(count) viewers", after: .seconds(60)) }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private static let messages = "/v1/sessions/witness/messages"

    /// One request of somebody who means no harm; asked again when this machine was too busy to send it in time.
    private static func ask(
        _ server: ServerProcess,
        _ certificate: TestCertificate?,
        _ method: String,
        _ path: String,
        _ body: JSON? = nil
    ) async throws -> JSON {
        for _ in 0..<4 {
            if let answer = try? await self.askOnce(server, certificate, method, path, body), answer["status"] != 408 {
                return answer
            }
        }
        return try await self.askOnce(server, certificate, method, path, body)
    }

    private static func askOnce(
        _ server: ServerProcess,
        _ certificate: TestCertificate?,
        _ method: String,
        _ path: String,
        _ body: JSON? = nil
    ) async throws -> JSON {
        guard let certificate else { return try await server.request(method, path, body).json }
        let data = body.map { ["-d", String(decoding: $0.bytes, as: UTF8.self)] } ?? []
        let url = "https://127.0.0.1:\(server.port)\(path)"
        let curl = try await Command.run(
            Programs.curl,
            ["-sS", "--max-time", "20", "--cacert", certificate.path, "-X", method, url] + data
        )
        try #require(curl.exit == .code(0), "\(curl.errors)")
        return try JSON(curl.output.utf8)
    }

    func connect(receiveBuffer: Int32? = nil) throws -> RawSocket {
        try RawSocket(port: self.server.port, receiveBuffer: receiveBuffer)
    }

    func connect(_ count: Int) throws -> [RawSocket] {
        try (0..<count).map { _ in try self.connect() }
    }
}
