extension OpenAPISource {
    static let messages = #"""
        /v1/sessions/{id}/messages:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          post:
            operationId: sendMessage
            tags: [Messages]
            scope: send
            summary: Send a message
            description: |
              One at a time reaches the agent, each with an answer of its own; the others wait in the queue. `delivery`:

              * `queue` (the default): after what runs and what waits.
              * `steer`: into the running turn, which goes on with it.
              * `interrupt`: stops the running turn, and comes before what waits.

              Three ways to learn the outcome: follow the session's events; wait (`Prefer: wait=60` or `wait_ms`), which
              answers 200 with the turn's result; or `Accept: text/event-stream`, which answers with the events of just
              this turn. Leaving does not stop the turn.
            parameters:
              - {$ref: '#/components/parameters/IdempotencyKey'}
              - {$ref: '#/components/parameters/Prefer'}
            requestBody:
              required: true
              content:
                application/json:
                  schema: {$ref: '#/components/schemas/SendMessage'}
                  examples:
                    text: {value: {content: Summarise CHANGELOG.md}}
                    wait: {summary: Wait for the answer, value: {content: 'What is 2 + 2?', wait_ms: 60000}}
                    steer: {value: {content: In French please, delivery: steer}}
                    image: {summary: Content blocks, value: {content: [{type: text, text: 'What is this?'}, {type: image, source: {type: base64, media_type: image/gif, data: R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==}}]}}
            responses:
              '200':
                description: >-
                  The turn has ended (with `wait_ms` or `Prefer: wait`): the `data` of what ended it. Or the events of the
                  turn (with `Accept: text/event-stream`).
                content:
                  application/json: {schema: {$ref: '#/components/schemas/TurnEnd'}}
                  text/event-stream: {x-event: {$ref: '#/components/schemas/Event'}}
              '202':
                description: It was taken.
                content: {application/json: {schema: {$ref: '#/components/schemas/SentMessage'}}}
                links:
                  look: {operationId: getMessage, parameters: {id: $request.path.id, message: '$response.body#/message_id'}}
                  edit: {operationId: editQueuedMessage, parameters: {id: $request.path.id, message: '$response.body#/message_id'}}
                  takeBack: {operationId: cancelQueuedMessage, parameters: {id: $request.path.id, message: '$response.body#/message_id'}}
            errors:
              - session_ended
              - session_failed
              - queue_full
              - key_budget_reached
              - budget_reached
              - idempotency_conflict
              - agent_stalled
              - draining
              - storage_unavailable
          get:
            operationId: listMessages
            tags: [Messages]
            scope: read
            summary: Read the history
            description: |
              What was said, as events: `agent.user`, `agent.assistant`, `agent.result`, `message.accepted`,
              `turn.started` and `turn.ended`, in the envelope of the streams.

              Without a cursor the newest `limit`. To read on, give the `id` of the newest as `after`: the first `limit` after
              that event. To read back, give the `id` of the oldest as `before`: the last `limit` before it. With both, the
              first `limit` between.
            parameters:
              - {$ref: '#/components/parameters/Limit'}
              - {name: after, in: query, description: The `id` of an event of this session., schema: {$ref: '#/components/schemas/Cursor'}}
              - {name: before, in: query, description: The `id` of an event of this session., schema: {$ref: '#/components/schemas/Cursor'}}
              - {name: order, in: query, description: Oldest first (`asc`) or newest first (`desc`)., schema: {type: string, enum: [asc, desc], default: asc}}
            answers:
              '200': [MessageHistory, Events.]
            errors: [invalid_cursor, history_gone, storage_unavailable]
        /v1/sessions/{id}/messages/{message}:
          parameters: [{$ref: '#/components/parameters/SessionID'}, {$ref: '#/components/parameters/MessageID'}]
          get:
            operationId: getMessage
            tags: [Messages]
            scope: read
            summary: Look at a message
            description: What has become of it.
            answers:
              '200': [Message, The message.]
            errors: [message_not_found]
        /v1/sessions/{id}/queue:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          get:
            operationId: listQueue
            tags: [Messages]
            scope: read
            summary: List what waits
            answers:
              '200': [Queue, 'The messages that wait, in the order in which they will be delivered.']
        /v1/sessions/{id}/queue/{message}:
          parameters: [{$ref: '#/components/parameters/SessionID'}, {$ref: '#/components/parameters/MessageID'}]
          patch:
            operationId: editQueuedMessage
            tags: [Messages]
            scope: send
            summary: Change a message that waits
            description: What it says, its place, or both.
            requestBody:
              content:
                application/json:
                  schema: {$ref: '#/components/schemas/EditMessage'}
                  examples:
                    first: {summary: Before all others, value: {position: 1}}
            answers:
              '200': [Message, The message as it waits now.]
            errors: [message_not_found, message_delivered]
          delete:
            operationId: cancelQueuedMessage
            tags: [Messages]
            scope: send
            summary: Take a message back
            description: One that has not been delivered; 409 when it is too late, and the detail says what happened.
            responses:
              '204': {description: It will not be delivered.}
            errors: [message_not_found, message_delivered]
        /v1/sessions/{id}/interrupt:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          post:
            operationId: interruptSession
            tags: [Messages]
            scope: send
            summary: Stop the turn
            description: >-
              By as many steps as it takes: a request to the agent, a signal, a kill with a new process that goes on. What
              waited is handed back. The receipt says what was needed and what survived.
            requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/NoFields'}}}}
            answers:
              '200': [InterruptReceipt, What it came to.]
        /v1/sessions/{id}/compact:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          post:
            operationId: compactSession
            tags: [Messages]
            scope: send
            summary: Compact the conversation
            description: The CLI's own `/compact`, as a message like any other.
            parameters:
              - {$ref: '#/components/parameters/IdempotencyKey'}
              - {$ref: '#/components/parameters/Prefer'}
            requestBody:
              content:
                application/json:
                  schema: {$ref: '#/components/schemas/CompactSession'}
                  examples:
                    some: {value: {instructions: Keep the names of files}}
            responses:
              '200':
                description: The turn has ended, or its events; as in sending a message.
                content:
                  application/json: {schema: {$ref: '#/components/schemas/TurnEnd'}}
                  text/event-stream: {x-event: {$ref: '#/components/schemas/Event'}}
              '202':
                description: It was taken.
                content: {application/json: {schema: {$ref: '#/components/schemas/SentMessage'}}}
                links:
                  look: {operationId: getMessage, parameters: {id: $request.path.id, message: '$response.body#/message_id'}}
                  edit: {operationId: editQueuedMessage, parameters: {id: $request.path.id, message: '$response.body#/message_id'}}
                  takeBack: {operationId: cancelQueuedMessage, parameters: {id: $request.path.id, message: '$response.body#/message_id'}}
            errors:
              - scope_required
              - session_ended
              - session_failed
              - queue_full
              - key_budget_reached
              - budget_reached
              - idempotency_conflict
              - agent_stalled
              - draining
              - storage_unavailable
        /v1/sessions/{id}/lines/{reference}:
          parameters:
            - {$ref: '#/components/parameters/SessionID'}
            - name: reference
              in: path
              required: true
              description: The number in an event's `data.reference`.
              schema: {type: integer, minimum: 0, maximum: 9223372036854775807}
          get:
            operationId: getLongLine
            tags: [Messages]
            scope: read
            summary: Fetch a long line
            description: A line of the agent that was too long for its event (16 MiB), whole, as the CLI wrote it.
            responses:
              '200':
                description: The line.
                content: {application/octet-stream: {schema: {type: string, format: binary}}}
            errors: [line_not_found]
        """#
}
