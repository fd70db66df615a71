import Foundation

/// A command of the system, bounded in time by `timeout(1)`, with its input and output in files so that no pipe can fill.
enum TLSCommand {
    struct Result {
        let status: Int32
        let output: String
    }

    static func exists(_ name: String) -> Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }

    /// Runs without blocking the caller's thread, for the server the command talks to may need it.
    static func run(_ arguments: [String], input: String = "", in directory: URL) async throws -> Result {
        let (process, output) = try self.prepare(arguments, input: input, in: directory)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        return try self.result(of: process, output)
    }

    static func runAndWait(_ arguments: [String], in directory: URL) throws -> Result {
        let (process, output) = try self.prepare(arguments, input: "", in: directory)
        try process.run()
        process.waitUntilExit()
        return try self.result(of: process, output)
    }

    private static func prepare(_ arguments: [String], input: String, in directory: URL) throws -> (Process, URL) {
        let id = UUID().uuidString
        let inputFile = directory.appendingPathComponent("\(id).in")
        let outputFile = directory.appendingPathComponent("\(id).out")
        try Data(input.utf8).write(to: inputFile)
        try Data().write(to: outputFile)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["timeout", "-k", "1", "30"] + arguments
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        let handle = try FileHandle(forWritingTo: outputFile)
        process.standardOutput = handle
        process.standardError = handle
        return (process, outputFile)
    }

    private static func result(of process: Process, _ output: URL) throws -> Result {
        let bytes = try Data(contentsOf: output)
        return Result(status: process.terminationStatus, output: String(decoding: bytes, as: UTF8.self))
    }
}
