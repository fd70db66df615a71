import Glibc
import TestSupport

/// A client that stops, puts to sleep, wakes and kills what others have made.
struct SoakDisturber {
    let client: SoakClient
    private var random: SeededGenerator

    init(number: Int, client: SoakClient, seed: UInt64) {
        self.client = client
        self.random = SeededGenerator(seed: seed, stream: 1000 + number)
    }

    mutating func work() async throws {
        while self.client.board.isLoading {
            let choice = self.random.number(0..<100)
            let place = self.random.number(0..<1_000_000)
            let live = self.client.board.live
            if !live.isEmpty {
                let path = "/v1/sessions/\(live[place % live.count])"
                switch choice {
                case 0..<35: try await self.interrupt(path)
                case 35..<60: try await self.tell("hibernate", path)
                case 60..<75: try await self.tell("wake", path)
                default: try await self.killChild(path)
                }
            }
            // Paces the load.
            try await Task.sleep(for: .milliseconds(self.random.number(0...150)))
        }
    }

    private func interrupt(_ path: String) async throws {
        let answer = try await self.client.ask("POST", "\(path)/interrupt")
        guard answer.status == 200 else { return }
        self.client.board.handedBack(answer.json["returned_messages"].elements.compactMap(\.text))
        self.client.board.count("interrupt \(answer.json["outcome"].text ?? "")")
        if !answer.json["returned_messages"].elements.isEmpty { self.client.house.promised(.interrupted) }
    }

    private func tell(_ what: String, _ path: String) async throws {
        let answer = try await self.client.ask("POST", "\(path)/\(what)")
        self.client.board.count("\(what) \(answer.status)")
    }

    /// Kills the process that the server says the session has, if it still is one of the server's.
    private func killChild(_ path: String) async throws {
        guard let pid = try await self.client.ask("GET", path).json["process"]["pid"].integer,
            let prefix = self.client.house.address?.markPrefix,
            Processes.environment(of: Int32(pid)).contains(where: { $0.hasPrefix("TROUPE_OWNER=\(prefix)") })
        else { return }
        kill(Int32(pid), SIGKILL)
        self.client.board.count("kill of a child")
    }
}
