package import Agent
import Foundation
import NIOCore
import Storage
import Synchronization

/// What a session does with the lines its process prints.
extension Session {
    package func agentPrinted(_ lines: [AgentLine]) {
        for line in lines { self.receive(line) }
        self.settle()
    }

    /// The file of a line that was too long for its event.
    ///
    /// - Throws: `SessionError` when there is none of that number, or it had to leave.
    package func longLine(_ reference: Int) throws(SessionError) -> String {
        guard let path = self.longLines[reference] else {
            throw SessionError(.lineNotFound, "There is no such line, or it is no longer kept.")
        }
        return path
    }

    private func receive(_ line: AgentLine) {
        let now = self.time.now
        switch line.kind {
        case .keepAlive, .controlCancelRequest:
            break
        case .controlResponse:
            guard let response = try? ControlResponse(line.bytes), response.requestID == self.initializeRequest
            else { break }
            self.initializeRequest = nil
            if case .success(let payload?) = response.outcome, let answer = try? InitializeResponse(payload) {
                self.permissionMode = answer.permissionMode ?? self.permissionMode
            }
            self.apply(self.machine.childBecameReady(now: now))
        case .controlRequest:
            self.answer(line)
        case .message, .invalid:
            self.publish(line, data: line.bytes, now: now)
        case .spilled(let path, _):
            self.publish(line, data: self.keep(line, at: path), now: now)
        }
    }

    private func publish(_ line: AgentLine, data: ByteBuffer, now: ContinuousClock.Instant) {
        if line.eventType == "agent.system.init", !line.isFromSubagent {
            self.apply(self.machine.turnBegan(now: now))
            self.noteInit(line)
        }
        let isResult = line.type == "result"
        self.outbox.append(
            EventDraft(
                line.eventType,
                kind: line.isPreview ? .preview : .durable,
                turn: self.machine.turn?.id,
                data: data,
                supersedesPreviews: isResult || (line.type == "assistant" && !line.isFromSubagent)
            )
        )
        if isResult {
            self.hasLostLine = false
            self.apply(self.machine.resultReceived(TurnResult(line), now: now))
        }
        if line.kind != .message { self.hasLostLine = true }
        if self.hasLostLine, line.eventType == "agent.system.session_state_changed",
            JSONObject(line.bytes)?.string("state") == "idle"
        {
            // The line that could not be read was the result.
            self.hasLostLine = false
            self.apply(self.machine.resultReceived(TurnResult(), now: now))
        }
    }

    /// Keeps the file of a line that was too long, and says by which number it can be had.
    private func keep(_ line: AgentLine, at path: String) -> ByteBuffer {
        guard !path.isEmpty else { return line.bytes }
        self.longLineCount += 1
        self.longLines[self.longLineCount] = path
        if let oldest = self.longLines.removeValue(forKey: self.longLineCount - Self.maximumLongLines) {
            try? FileManager.default.removeItem(atPath: oldest)
        }
        var data = line.bytes
        data.moveWriterIndex(to: data.writerIndex - 1)
        data.writeString(",\"reference\":\"\(self.longLineCount)\"}")
        return data
    }

    private func noteInit(_ line: AgentLine) {
        guard let message = try? InitMessage(line.bytes) else { return }
        self.model = message.model ?? self.model
        self.permissionMode = message.permissionMode ?? self.permissionMode
        self.machine.conversationNamed(message.sessionID)
        self.conversationID.withLock { $0 = message.sessionID }
        guard !self.claudeSessionIDs.contains(message.sessionID) else { return }
        self.claudeSessionIDs.append(message.sessionID)
        if self.claudeSessionIDs.count > Self.maximumClaudeSessionIDs { self.claudeSessionIDs.removeFirst() }
    }

    /// Every request of the CLI is answered, or its turn waits for ever (PROTOCOL §7).
    private func answer(_ line: AgentLine) {
        guard let request = try? ControlRequest(line.bytes) else {
            guard let id = line.requestID else { return }
            _ = self.child?.send(ControlProtocol.error(requestID: id, message: "the request could not be read"))
            return
        }
        switch request.subtype {
        case "can_use_tool":
            _ = self.child?.send(
                ControlProtocol.deny(
                    requestID: request.requestID,
                    message: "Permission denied: this server has nobody to ask yet. "
                        + "Allow the tool when the session is created (allowed_tools or permission_mode).",
                    interrupt: false
                )
            )
        default:
            _ = self.child?.send(
                ControlProtocol.error(requestID: request.requestID, message: "unsupported: \(request.subtype)")
            )
        }
    }
}
