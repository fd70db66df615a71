import Foundation
import StubMessagesAPI

/// The stub of the Messages API in a process of its own, so that its CPU is nobody else's.
enum Stub {
    /// What the child is told to do by its first argument.
    static let word = "stub"

    /// The child: prints the URL and serves to the end of its stdin.
    static func serve() async throws {
        try await withStubMessagesAPI { api in
            print(api.baseURL)
            fflush(nil)
            while readLine() != nil {}
        }
    }

    /// Starts the child and returns it with its URL.
    static func start(_ stage: Stage, _ pump: Pump) throws -> (child: ChildProcess, url: String) {
        let child = try ChildProcess(
            Tools.ownPath,
            [Self.word],
            environment: stage.environment,
            directory: stage.root,
            log: stage.log("stub")
        )
        var url: String?
        let output = Inlet(child.output, framing: .lines, ownsDescriptor: false) { message, _ in
            url = String(decoding: message, as: UTF8.self)
        }
        pump.add(output)
        defer { pump.remove(output) }
        do {
            try pump.run(for: 10, "stub") { url != nil || !output.isOpen }
            guard let url else { throw BenchmarkError("the stub: \(stage.lastWords("stub"))") }
            return (child, url)
        } catch {
            child.end()
            throw error
        }
    }
}
