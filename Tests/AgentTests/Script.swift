import Foundation
import NIOCore
import Synchronization
import SystemPackage

@testable import Agent

/// A shell script in a directory of its own, to be run as a child.
struct Script {
    private let directory: TemporaryDirectory
    let path: FilePath

    init(_ body: String) throws {
        self.directory = try TemporaryDirectory()
        self.path = self.directory.path.appending("script.sh")
        try "#!/bin/bash\n\(body)\n".write(toFile: self.path.string, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: self.path.string)
    }

    func launch(session: String = UUID().uuidString, limits: AgentLimits = .default) -> AgentLaunch {
        AgentLaunch(
            executable: self.path,
            workingDirectory: self.directory.path,
            conversation: .new(id: session),
            temporaryDirectory: self.directory.path.appending("tmp"),
            owner: OwnerMark(sessionID: session),
            limits: limits
        )
    }

    func remove() { self.directory.remove() }
}

/// Keeps what a child prints, and lets a test wait for it.
actor RecordingHandler: AgentHandler {
    private(set) var lines: [AgentLine] = []
    private(set) var child: (any AgentChild)?
    private let onStart: @Sendable (any AgentChild) -> Void
    private let onLine: @Sendable (AgentLine, any AgentChild) -> Void

    init(
        onStart: @escaping @Sendable (any AgentChild) -> Void = { _ in },
        onLine: @escaping @Sendable (AgentLine, any AgentChild) -> Void = { _, _ in }
    ) {
        self.onStart = onStart
        self.onLine = onLine
    }

    func agentStarted(_ child: any AgentChild) {
        self.child = child
        self.onStart(child)
    }

    func agentPrinted(_ lines: [AgentLine]) {
        self.lines += lines
        guard let child else { return }
        for line in lines { self.onLine(line, child) }
    }

    /// The value of `pid` in the lines that have one.
    var pids: [Int32] {
        self.lines.compactMap { JSONObject($0.bytes)?.int("pid").flatMap { Int32(exactly: $0) } }
    }
}

/// Bytes of a line, written down as text.
func json(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

/// Whether a process is there and not just a zombie.
func isAlive(_ pid: Int32) -> Bool { ProcessTree.entry(pid).map { !$0.isZombie } ?? false }

/// A value that one task writes and another reads.
final class Shared<Value: Sendable>: Sendable {
    private let storage: Mutex<Value>

    init(_ value: Value) { self.storage = Mutex(value) }

    var value: Value {
        get { self.storage.withLock { $0 } }
        set { self.storage.withLock { $0 = newValue } }
    }
}
