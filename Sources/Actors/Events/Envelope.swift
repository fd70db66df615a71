import Agent
package import NIOCore
package import Storage

/// Writes the one envelope that SSE, WebSocket, history and export share.
package enum Envelope {
    /// The envelope of an event; a preview has no `id`, so that it cannot move a client's cursor.
    package static func event(
        _ draft: EventDraft,
        session: String,
        id: EventID?,
        at: String
    ) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: draft.data.readableBytes + draft.type.utf8.count + 160)
        buffer.writeString("{")
        if let id { buffer.writeString("\"id\":\"\(id)\",") }
        buffer.writeString("\"session\":\"\(session)\",")
        if let turn = draft.turn { buffer.writeString("\"turn\":\"\(turn)\",") }
        Self.finish(&buffer, type: draft.type, at: at, isDurable: id != nil, data: draft.data)
        return buffer
    }

    /// The envelope of a stream frame (`stream.hello` and its kind): of no session's history, without an id.
    package static func frame(_ type: String, session: String?, data: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: data.readableBytes + 160)
        buffer.writeString("{")
        if let session { buffer.writeString("\"session\":\"\(session)\",") }
        Self.finish(&buffer, type: type, at: Timestamp.now(), isDurable: false, data: data)
        return buffer
    }

    /// The same event with `{"truncated":true,"bytes":N}` for its data, for readers that take no large ones.
    static func withoutData(_ envelope: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBuffer(string: "{")
        for (key, value) in JSONObject(envelope)?.members ?? [] {
            if buffer.readableBytes > 1 { buffer.writeString(",") }
            JSONText.append(key, to: &buffer)
            buffer.writeString(":")
            if key == "data" {
                buffer.writeString("{\"truncated\":true,\"bytes\":\(value.readableBytes)}")
            } else {
                buffer.writeImmutableBuffer(value)
            }
        }
        buffer.writeString("}")
        return buffer
    }

    private static func finish(
        _ buffer: inout ByteBuffer,
        type: String,
        at: String,
        isDurable: Bool,
        data: ByteBuffer
    ) {
        buffer.writeString("\"type\":")
        JSONText.append(type, to: &buffer)
        buffer.writeString(",\"at\":\"\(at)\",\"durable\":\(isDurable),\"data\":")
        buffer.writeImmutableBuffer(data)
        buffer.writeString("}")
    }
}
