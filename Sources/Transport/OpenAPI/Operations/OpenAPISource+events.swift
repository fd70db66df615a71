extension OpenAPISource {
    static let events = #"""
        /v1/sessions/{id}/events:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          get:
            operationId: streamSession
            tags: [Events]
            scope: read
            x-stream: true
            summary: Follow a session
            description: |
              Server-Sent Events: each `data:` is one event in the envelope of `asyncapi.json`, and has an `id:` when it is
              durable. The stream begins with `stream.hello`; then what was missed since the cursor, or a snapshot; then
              `stream.synced`; then it is live, with a heartbeat at least every 15 s. None is lost, none comes twice.
            parameters:
              - {$ref: '#/components/parameters/After'}
              - {$ref: '#/components/parameters/LastEventID'}
              - {$ref: '#/components/parameters/Types'}
              - {$ref: '#/components/parameters/Previews'}
              - {$ref: '#/components/parameters/Named'}
            responses:
              '200':
                description: The stream.
                content: {text/event-stream: {x-event: {$ref: '#/components/schemas/Event'}}}
              '204': {description: 'The session has ended and nothing is newer than the cursor; an `EventSource` stops asking.'}
            errors: [invalid_cursor, too_many_streams]
        /v1/events:
          get:
            operationId: streamLives
            tags: [Events]
            scope: read
            x-stream: true
            summary: Follow the lives of all sessions
            description: >-
              States, turns, approvals and ends of all sessions the key may see, without what is said in them. The same
              protocol as a session's own stream.
            parameters:
              - {$ref: '#/components/parameters/After'}
              - {$ref: '#/components/parameters/LastEventID'}
              - {$ref: '#/components/parameters/Types'}
              - {$ref: '#/components/parameters/Previews'}
              - {$ref: '#/components/parameters/Named'}
            responses:
              '200':
                description: The stream.
                content: {text/event-stream: {x-event: {$ref: '#/components/schemas/Event'}}}
            errors: [invalid_cursor, too_many_streams]
        /v1/ws:
          get:
            operationId: openSocket
            tags: [Events]
            scope: read
            summary: Open a WebSocket
            description: >-
              Many sessions and all operations on one socket, subprotocol `troupe.v1`; `asyncapi.json` has the messages.
              Without the handshake of RFC 6455 the answer is 426.
            responses:
              '101': {description: The connection is a WebSocket now.}
            errors: [upgrade_required, too_many_streams]
        /v1/sessions/{id}/ws:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          get:
            operationId: openSessionSocket
            tags: [Events]
            scope: read
            summary: Open a WebSocket that follows a session
            description: 'As `/v1/ws`, attached to the session from the start; takes `after`, `types` and `previews` as its events do.'
            responses:
              '101': {description: The connection is a WebSocket now.}
            errors: [upgrade_required, too_many_streams]
        """#
}
