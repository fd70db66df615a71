import Foundation
import TestSupport
import Testing

@testable import ScriptedAgent

/// The recorded transcripts, played by the real program to a host that does what was recorded.
@Suite struct TranscriptPlayerTests {
    static let folder = RecordedTranscripts.folder.path
    static let names = Files.names(in: folder).filter { $0.hasSuffix(".jsonl") }.sorted()

    @Test(arguments: names)
    func `a recorded transcript plays line for line`(name: String) throws {
        let path = "\(Self.folder)/\(name)"
        let transcript = try #require(Transcript(path: path))
        let lines = try #require(Files.read(path)).split(separator: 0x0A).compactMap { JSONParser.parse($0) }
        let agent = try AgentProcess(["--transcript", path, "--speed", "0"], home: TemporaryDirectory())
        for record in lines {
            let content = record["line"] ?? .null
            if content["omitted_lines"] != nil { continue }
            guard record["dir"]?.text == "in" else {
                #expect(try agent.line() == content)
                continue
            }
            if content["eof"] != nil {
                agent.closeInput()
            } else if let name = content["signal"]?.text {
                agent.signal(["SIGTERM": 15, "SIGINT": 2, "SIGHUP": 1][name] ?? 9)
            } else if let text = content["unparsed"]?.text {
                agent.send(text: text)
            } else {
                agent.send(content)
            }
        }
        agent.closeInput()
        #expect(try agent.line() == nil)
        let recorded = transcript.exitCode ?? 0
        #expect(try agent.waitForExit() == (recorded < 0 ? .signal(-recorded) : .code(recorded)))
        if recorded >= 0 { #expect(agent.complaint() == transcript.complaint) }
    }

    @Test func `the host's own ids stand in place of the recorded ones`() throws {
        let path = "\(Self.folder)/queued_tool.jsonl"
        let agent = try AgentProcess(["--transcript", path, "--speed", "0"], home: TemporaryDirectory())
        agent.control("initialize", id: "mine-1")
        #expect(try agent.line("control_response/success")["response"]?["request_id"] == "mine-1")
        agent.prompt("whatever", uuid: "my-prompt")
        #expect(try agent.line("command_lifecycle/queued")["command_uuid"] == "my-prompt")
        agent.prompt("more", uuid: "my-second")
        agent.prompt("and more", uuid: "my-third")
        agent.closeInput()
        let result = try agent.line("result/success")
        #expect(result["user_message_uuids"] == ["my-prompt", "my-second", "my-third"])
    }

    @Test func `a request the recording does not expect is answered, and a missing initialize is not waited for`()
        throws
    {
        let path = "\(Self.folder)/queued_tool.jsonl"
        let agent = try AgentProcess(["--transcript", path, "--speed", "0"], home: TemporaryDirectory())
        agent.control("get_usage", id: "unexpected")
        #expect(try agent.line()?["response"]?["request_id"] == "unexpected")
        agent.prompt("whatever", uuid: "my-prompt")
        #expect(try agent.line("command_lifecycle/queued")["command_uuid"] == "my-prompt")
    }

    @Test func `speed scales the recorded rhythm`() throws {
        let path = "\(Self.folder)/partial_messages.jsonl"
        let agent = try AgentProcess(["--transcript", path, "--speed", "4"], home: TemporaryDirectory())
        agent.control("initialize", id: "i")
        let before = Clock.now
        agent.prompt("echo")
        agent.closeInput()
        _ = try agent.line("result/success")
        #expect(Clock.now - before > .milliseconds(120))
    }
}
