extension OpenAPISource {
    static let eventSchemas = #"""
        Cursor:
          type: string
          pattern: '^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,17})$'
          description: The `id` of an event; opaque to clients.
          examples: ['1.42']
        StreamStart:
          anyOf:
            - {$ref: '#/components/schemas/Cursor'}
            - {type: string, enum: [earliest, latest, ''], description: An empty one is none.}
        Event:
          type: object
          description: The one envelope, in streams, history and snapshots alike. `asyncapi.json` lists the types.
          required: [type, at, durable, data]
          properties:
            id: {$ref: '#/components/schemas/Cursor', description: Of durable events only.}
            session: {type: string}
            turn: {type: string}
            type: {type: string, examples: [agent.assistant, turn.ended]}
            at: {$ref: '#/components/schemas/Time'}
            durable: {type: boolean, description: 'Whether it is kept. What is not (text as it is written, frames of the stream) is superseded by what is.'}
            data: {type: object, description: 'For `agent.*` the CLI''s own message, byte for byte.'}
        """#
}
