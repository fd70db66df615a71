extension Turn {
    /// Begins a text or thinking block of the open message.
    func beginBlock(
        _ source: TokenSource,
        rate: Double,
        isThinking: Bool = false,
        ending: BlockStream.Ending = .complete,
        now: Duration
    ) {
        let stream = BlockStream(
            source,
            rate: rate,
            isThinking: isThinking,
            ending: ending,
            holdTime: self.session.holdTime,
            now: now
        )
        if self.session.options.includesPartialMessages {
            let block: JSON =
                isThinking
                ? ["type": "thinking", "thinking": "", "signature": ""] : ["type": "text", "text": ""]
            self.emitBlockEvent("content_block_start", ("content_block", block))
        }
        self.activity = .streaming(stream)
    }

    /// Writes what is due of a block; false when the rest comes later.
    func stream(_ stream: BlockStream, now: Duration) -> Bool {
        var stream = stream
        let before = stream.pieceCount
        let deltas = stream.due(now: now)
        let written = stream.pieceCount - before
        self.message?.outputTokens += written
        if written > 0, self.firstTokenAt == nil { self.firstTokenAt = now }
        if self.session.options.includesPartialMessages {
            for (index, delta) in deltas.enumerated() {
                if stream.isThinking {
                    let total = before + index + 1
                    self.session.emitSystem(
                        "thinking_tokens",
                        ["estimated_tokens": JSON(total), "estimated_tokens_delta": 1]
                    )
                    self.emitBlockEvent(
                        "content_block_delta",
                        ("delta", ["type": "thinking_delta", "thinking": .string(delta)])
                    )
                } else {
                    self.emitTextDelta(delta)
                }
            }
        }
        self.activity = .streaming(stream)
        guard stream.isExhausted else { return false }
        self.endBlock(stream, now: now)
        return true
    }

    /// The line that comes by the thousand, written without building a value for it.
    private func emitTextDelta(_ text: String) {
        guard let message = self.message else { return }
        var line: [UInt8] = []
        line.reserveCapacity(320 + text.utf8.count)
        line.append(
            contentsOf: "{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_delta\",\"index\":".utf8
        )
        line.append(contentsOf: String(message.blockIndex).utf8)
        line.append(contentsOf: ",\"delta\":{\"type\":\"text_delta\",\"text\":".utf8)
        JSON.appendQuoted(text, to: &line)
        line.append(contentsOf: "}},\"session_id\":\"".utf8)
        line.append(contentsOf: self.session.id.utf8)
        line.append(contentsOf: "\",\"parent_tool_use_id\":null,\"uuid\":\"".utf8)
        line.append(contentsOf: self.session.identifiers.uuid().utf8)
        line.append(contentsOf: "\",\"api_message_id\":\"".utf8)
        line.append(contentsOf: message.id.utf8)
        line.append(contentsOf: "\"}\n".utf8)
        self.session.output.write(bytes: line)
    }

    private func endBlock(_ stream: BlockStream, now: Duration) {
        switch stream.ending {
        case .complete:
            if stream.isThinking {
                self.emitBlock(["type": "thinking", "thinking": .string(stream.text), "signature": "c3R1Yg=="])
            } else {
                self.lastText = stream.text
                self.emitBlock(["type": "text", "text": .string(stream.text)])
            }
            self.activity = .next
        case .stall:
            self.stalledText = stream.text
            self.activity = .stuck
        case .breaks: self.repeatWithoutStreaming(stream, now: now)
        }
    }

    /// Writes a complete block: the `assistant` line before its own `content_block_stop`.
    func emitBlock(_ block: JSON) {
        self.emitAssistant(block)
        if self.session.options.includesPartialMessages { self.emitBlockEvent("content_block_stop") }
        self.message?.blockIndex += 1
    }

    /// Writes an event of the block at hand.
    func emitBlockEvent(_ type: String, _ extra: (String, JSON)? = nil) {
        var event: JSON = ["type": .string(type), "index": JSON(self.message?.blockIndex ?? 0)]
        if let extra { event[extra.0] = extra.1 }
        self.emitStreamEvent(event)
    }

    private func repeatWithoutStreaming(_ stream: BlockStream, now: Duration) {
        guard let broken = self.message else { return }
        self.emitAbandoned(fromBlock: 0)
        self.account(broken, now: now)
        self.message = Message(
            id: self.session.identifiers.prefixed("msg_stub"),
            model: broken.model,
            inputTokens: broken.inputTokens,
            outputTokens: stream.pieceCount,
            startedAt: now
        )
        self.lastText = stream.text
        self.emitAssistant(["type": "text", "text": .string(stream.text)])
        if let message = self.message { self.account(message, now: now) }
        self.message = nil
        self.isRequesting = false
        self.activity = .next
    }

    /// Tells that blocks of the open message will get no `assistant` line.
    func emitAbandoned(fromBlock index: Int) {
        guard self.session.options.includesPartialMessages, let message = self.message else { return }
        let abandoned: JSON = ["api_message_id": .string(message.id), "from_block_index": JSON(index)]
        self.emitStreamEvent(["type": "message_stop"], extra: [("abandoned_blocks", abandoned)])
    }
}
