extension OpenAPISource {
    static let messageSchemas = #"""
        Content:
          description: What is said. A text, or content blocks as the Messages API has them.
          anyOf:
            - {type: string, minLength: 1, pattern: '\S'}
            - {type: array, minItems: 1, items: {$ref: '#/components/schemas/ContentBlock'}}
        ContentBlock:
          oneOf:
            - {$ref: '#/components/schemas/TextBlock'}
            - {$ref: '#/components/schemas/ImageBlock'}
            - {$ref: '#/components/schemas/DocumentBlock'}
        TextBlock:
          type: object
          additionalProperties: false
          required: [type, text]
          properties:
            type: {const: text}
            text: {type: string, minLength: 1, pattern: '\S'}
            cache_control: {$ref: '#/components/schemas/CacheControl'}
        ImageBlock:
          type: object
          additionalProperties: false
          required: [type, source]
          description: At most 100 in a message, each at most 5 MiB as base64 and 8000 pixels on a side.
          properties:
            type: {const: image}
            source:
              type: object
              additionalProperties: false
              required: [type, media_type, data]
              properties:
                type: {const: base64}
                media_type: {type: string, enum: [image/png, image/jpeg, image/gif, image/webp]}
                data: {type: string, contentEncoding: base64, description: The file; it must be what `media_type` says.}
            cache_control: {$ref: '#/components/schemas/CacheControl'}
        DocumentBlock:
          type: object
          additionalProperties: false
          required: [type, source]
          properties:
            type: {const: document}
            source:
              oneOf:
                - type: object
                  additionalProperties: false
                  required: [type, media_type, data]
                  properties:
                    type: {const: base64}
                    media_type: {const: application/pdf}
                    data: {type: string, contentEncoding: base64, description: 'The file, at most 32 MiB as base64.'}
                - type: object
                  additionalProperties: false
                  required: [type, media_type, data]
                  properties:
                    type: {const: text}
                    media_type: {const: text/plain}
                    data: {type: string, minLength: 1, pattern: '\S'}
            title: {type: [string, 'null'], minLength: 1, pattern: '\S'}
            context: {type: [string, 'null'], minLength: 1, pattern: '\S'}
            cache_control: {$ref: '#/components/schemas/CacheControl'}
        CacheControl: {type: [object, 'null'], description: Taken and dropped; the CLI sets its own.}
        SendMessage:
          type: object
          x-fields-may-be-null: true
          additionalProperties: false
          required: [content]
          properties:
            content: {$ref: '#/components/schemas/Content'}
            delivery: {type: string, enum: [queue, steer, interrupt], default: queue}
            wait_ms: {type: integer, minimum: 1, maximum: 3600000, description: How long to wait for the turn's end.}
        CompactSession:
          type: object
          x-fields-may-be-null: true
          additionalProperties: false
          properties:
            instructions: {type: string, maxLength: 4096, pattern: '^[^\u0000]*$', description: What to keep.}
            wait_ms: {type: integer, minimum: 1, maximum: 3600000, description: How long to wait for the turn's end.}
        EditMessage:
          type: object
          x-fields-may-be-null: true
          additionalProperties: false
          properties:
            content: {$ref: '#/components/schemas/Content'}
            position: {type: integer, minimum: 1, maximum: 1000000, description: 'Its place among those that wait, from 1; behind the last is the last.'}
        MessageState:
          type: string
          enum: [accepted, queued, delivered, consumed, returned, cancelled, unknown]
          description: |
            `accepted`: on its way to the agent. `queued`: it waits its turn. `delivered`: the agent has it. `consumed`: a
            turn that it was part of has ended. `returned`: handed back, it never reached the agent. `cancelled`: taken
            back by a client. `unknown`: the agent had it and was lost; it is never sent again by itself.
        SentMessage:
          type: object
          required: [message_id, state, position, cursor]
          properties:
            message_id: {type: string}
            state: {$ref: '#/components/schemas/MessageState'}
            position: {type: integer, minimum: 0, description: '0 for one that does not wait, else its place in the queue from 1.'}
            cursor: {$ref: '#/components/schemas/Cursor', description: 'The event before everything of this message: follow the events after it.'}
        Message:
          type: object
          required: [message_id, state, delivery, origin, created_at]
          properties:
            message_id: {type: string}
            state: {$ref: '#/components/schemas/MessageState'}
            position: {type: integer, minimum: 1, description: 'Its place, while it waits.'}
            turn: {type: string, description: The turn it went into.}
            delivery: {type: string, enum: [queue, steer, interrupt]}
            origin: {type: string, enum: [client, approval, command], description: '`approval`: an answer whose question did not survive a restart; `command`: what `POST …/compact` stands for.'}
            created_at: {$ref: '#/components/schemas/Time'}
            content: {description: 'What was sent; absent once it is not needed any more.', type: [string, array]}
        Queue:
          type: object
          required: [queue]
          properties:
            queue: {type: array, items: {$ref: '#/components/schemas/Message'}}
        MessageHistory:
          type: object
          required: [messages]
          properties:
            messages: {type: array, items: {$ref: '#/components/schemas/Event'}}
        TurnEnd:
          type: object
          description: >-
            The `data` of the event that ended the message: `turn.ended`, or `message.returned`, `message.cancelled` or
            `session.ended`.
          properties:
            id: {type: string, description: The turn's.}
            outcome: {$ref: '#/components/schemas/TurnOutcome'}
            result: {type: string, description: The answer's text.}
        TurnOutcome:
          type: string
          enum: [completed, interrupted, failed, budget, killed]
          description: '`killed`: the process died before it wrote a result.'
        InterruptReceipt:
          type: object
          required: [outcome, surviving, returned_messages, took_ms]
          properties:
            outcome:
              type: string
              enum: [interrupted, already_idle, escalated, timed_out]
              description: '`escalated`: a request was not enough, the process was stopped and goes on from its conversation.'
            step: {type: string, enum: [control, signal, kill], description: What worked; absent when nothing had to be done.}
            surviving: {type: array, items: {type: integer}, description: Processes that could not be ended.}
            returned_messages: {type: array, items: {type: string}, description: Messages that waited and were handed back.}
            took_ms: {type: integer, minimum: 0}
        """#
}
