extension AsyncAPISource {
    /// What a client may ask over a WebSocket, beside `ref`, `op` and `session`.
    static let commands = #"""
        auth:
          summary: 'Show a key, as the first message, where the handshake could not.'
          fields:
            token: {type: string}
            ticket: {type: string}
        attach:
          summary: Follow a session; its events come after the answer.
          scope: read
          fields:
            after: {$ref: '#/components/schemas/StreamStart'}
            types: {type: array, items: {type: string}}
            previews: {type: string, enum: [all, none]}
          reply:
            session: {type: string}
        detach:
          summary: Follow it no more.
          scope: read
        create:
          summary: Make a session.
          scope: send
          request: CreateSession
          reply:
            session: {$ref: '#/components/schemas/Session'}
        send:
          summary: Send a message.
          scope: send
          request: SendMessage
          reply:
            message_id: {type: string}
            state: {$ref: '#/components/schemas/MessageState'}
            position: {type: integer}
            cursor: {$ref: '#/components/schemas/Cursor'}
        interrupt:
          summary: Stop the turn.
          scope: send
          reply:
            outcome: {type: string}
            step: {type: string}
            surviving: {type: array, items: {type: integer}}
            returned_messages: {type: array, items: {type: string}}
            took_ms: {type: integer}
        answer:
          summary: Answer an approval.
          scope: approve
          request: Allow
          fields:
            approval: {type: string, description: Its id.}
            decision: {$ref: '#/components/schemas/Decision'}
          reply:
            approval: {$ref: '#/components/schemas/Approval'}
        queue.edit:
          summary: Change a message that waits.
          scope: send
          request: EditMessage
          fields:
            message_id: {type: string}
          reply:
            message_id: {type: string}
            state: {$ref: '#/components/schemas/MessageState'}
            position: {type: integer}
        queue.cancel:
          summary: Take a message back.
          scope: send
          fields:
            message_id: {type: string}
        set:
          summary: Change a session.
          scope: send
          request: ChangeSession
          reply:
            session: {$ref: '#/components/schemas/Session'}
        fork:
          summary: Copy a session.
          scope: send
          request: ForkSession
          reply:
            session: {$ref: '#/components/schemas/Session'}
        end:
          summary: End a session.
          scope: send
        list:
          summary: List sessions.
          scope: read
          reply:
            sessions: {type: array, items: {$ref: '#/components/schemas/Session'}}
            total: {type: integer}
            counts: {type: object, additionalProperties: {type: integer}}
            next_cursor: {type: 'null', description: All are listed.}
        ping:
          summary: Ask for a sign of life.
        """#
}
