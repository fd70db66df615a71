/// The source of `/asyncapi.json`, in YAML: AsyncAPI 3.0 of the streams.
///
/// `AsyncAPIDocument` makes messages of the events, frames and commands of these pieces, and adds the schemas that OpenAPI
/// has too. `data:` of an event is the schema of its data; of a command, `request:` is the schema whose fields it takes,
/// `fields:` are others, and `reply:` is what its answer has beside `ok`.
enum AsyncAPISource {
    static let info = #"""
        asyncapi: 3.0.0
        info:
          title: Troupe streams
          version: VERSION
          license: {name: Apache-2.0}
          description: |
            What sessions say while they live, over Server-Sent Events and WebSocket: the same events in the same envelope
            (schema `Event`). `openapi.json` beside this document has what is asked and answered over HTTP.

            **Events** are durable or not. A durable one has an `id`, a cursor: without holes, kept, the same for all
            readers. Others (text as it is written, the stream's own frames) have none, and what they showed is superseded
            by the durable event that follows. Types that a client does not know are to be ignored.

            **Attaching** is the same on both: `stream.hello` says how the stream begins. With a cursor that is known,
            every durable event after it follows; without one, or when it is of another life of the log (`stream.gap` says
            so), a `stream.snapshot` does. Then `stream.synced`, then what happens from now on. A client that comes back
            drops what it drew from previews after its cursor.

            **Ends.** `stream.bye` has the codes that the WebSocket closes with; below 4500 it is worth coming back.
        defaultContentType: application/json
        """#

    static let channels = #"""
        sessionEvents:
          address: /v1/sessions/{id}/events
          title: A session's events
          description: Server-Sent Events over GET; `openapi.json` has its parameters.
          parameters:
            id: {description: The session's id.}
        allSessions:
          address: /v1/events
          title: The lives of all sessions
          description: >-
            Server-Sent Events over GET: `session.*`, `turn.*`, `approval.*` and `budget.*` of all sessions that the key may
            see, without what is said in them. Its snapshot is of the sessions.
        webSocket:
          address: /v1/ws
          title: WebSocket
          description: >-
            Text frames of JSON, subprotocol `troupe.v1`: commands in, answers and events of any number of attached sessions
            out. The server pings every 25 s and closes when no pong comes within 10.
        sessionWebSocket:
          address: /v1/sessions/{id}/ws
          title: WebSocket of a session
          description: As the other, attached from the start; commands need not name the session.
          parameters:
            id: {description: The session's id.}
        """#

    /// The codes a WebSocket closes with, and `stream.bye` carries.
    static let closeCodes = #"""
        1000: Both are done.
        1002: The client broke RFC 6455.
        1003: The client sent a binary message.
        1007: The client sent text that is not UTF-8.
        1009: A message was too long.
        4001: The key or ticket has expired.
        4008: The client did not read fast enough; the reason has the cursor to come back with.
        4009: The server drains; come back after `retry_ms`.
        4012: No pong came in time.
        4013: Too many commands at once, or more in one message than the server has room for.
        4500: There was no key, or one that opens nothing.
        4501: The socket's path or query asked for what there is not.
        4503: The key may not do this.
        4504: The session has ended.
        4505: The session has as many viewers as it may.
        """#

    /// What the stream says about itself.
    static let frames = #"""
        stream.hello:
          summary: How the stream begins.
          data:
            type: object
            required: [session, head, resume, heartbeat_ms, server_time]
            properties:
              session: {type: string}
              head: {$ref: '#/components/schemas/Cursor', description: The newest durable event there is.}
              resume: {type: string, enum: [exact, replay, gap, fresh], description: '`exact`: nothing was missed. `replay`: what was missed follows. `gap`: it is lost. `fresh`: there was no cursor.'}
              heartbeat_ms: {type: integer}
              server_time: {$ref: '#/components/schemas/Time'}
        stream.gap:
          summary: What cannot be had any more.
          data:
            type: object
            required: [from, to, reason]
            properties:
              from: {type: string, description: The cursor that was brought.}
              to: {$ref: '#/components/schemas/Cursor'}
              reason: {type: string, enum: [epoch, unknown, evicted, previews], description: '`epoch`: the log began anew. `unknown`: no such event ever was. `evicted`: events after it have left. `previews`: only text as it was written has.'}
        stream.snapshot:
          summary: The session as it is, or for the lives of all, the sessions.
          data:
            type: object
            properties:
              session: {$ref: '#/components/schemas/Session'}
              approvals: {type: array, items: {$ref: '#/components/schemas/Approval'}}
              queue: {type: array, items: {$ref: '#/components/schemas/Message'}}
              messages: {type: array, items: {$ref: '#/components/schemas/Event'}, description: The last of what was said.}
              partial: {$ref: '#/components/schemas/PartialMessage'}
              sessions: {type: array, items: {$ref: '#/components/schemas/Session'}}
        stream.synced:
          summary: From here on it is live.
          data:
            type: object
            required: [cursor]
            properties:
              cursor: {$ref: '#/components/schemas/Cursor'}
        stream.heartbeat:
          summary: A sign of life.
          data:
            type: object
            required: [head]
            properties:
              head: {$ref: '#/components/schemas/Cursor'}
        stream.lagging:
          summary: 'The client takes too little: half of what it may lag behind is used up. Told once, until it takes more.'
          data:
            type: object
            required: [behind]
            properties:
              behind: {type: integer, minimum: 0, description: Bytes of events that it has still to get.}
        stream.bye:
          summary: The stream ends, and why.
          data:
            type: object
            required: [code, reason]
            properties:
              code: {$ref: '#/components/schemas/CloseCode'}
              reason: {type: string}
              retry_ms: {type: integer, description: When to come back.}
              cursor: {$ref: '#/components/schemas/Cursor', description: Where to go on from.}
        """#

    /// Schemas of the streams alone.
    static let schemas = #"""
        ViewersChanged:
          type: object
          required: [viewers]
          properties:
            viewers: {type: integer, minimum: 1, description: How many watch it now.}
        MessageNote:
          type: object
          required: [message_id]
          properties:
            message_id: {type: string}
            position: {type: integer, minimum: 1}
        PartialMessage:
          description: The message being written, so far; `null` when none is.
          type: [object, 'null']
          required: [message_id, blocks]
          properties:
            message_id: {type: string}
            blocks:
              type: array
              items:
                type: object
                required: [index, type, text]
                properties:
                  index: {type: integer}
                  type: {type: string, description: '`text`, `thinking` or `tool_use`.'}
                  text: {type: string, description: 'The text, the thinking, or the tool''s input as far as it has come.'}
        Failure:
          type: object
          required: [ok, error]
          properties:
            ref: {description: The command's.}
            ok: {const: false}
            error:
              type: object
              required: [code, message]
              properties:
                code: {$ref: '#/components/schemas/ErrorCode'}
                message: {type: string}
                retry_after_ms: {type: integer}
        """#
}
