extension OpenAPISource {
    static let serverSchemas = #"""
        Problem:
          type: object
          description: Why a request was refused (RFC 9457).
          required: [type, title, status, detail, code, request_id]
          properties:
            type: {type: string, format: uri, description: A stable name that ends in the code.}
            title: {type: string}
            status: {type: integer, minimum: 400, maximum: 599}
            detail: {type: string, description: For people.}
            instance: {type: string, description: The path that was asked for.}
            code: {$ref: '#/components/schemas/ErrorCode'}
            request_id: {type: string}
            errors:
              type: array
              description: Of a 422, every field that is wrong.
              items:
                type: object
                required: [pointer, message]
                properties:
                  pointer: {type: string, description: 'Where, as a JSON pointer (RFC 6901).'}
                  message: {type: string}
        UsageReport:
          type: object
          required: [by, usage, total]
          properties:
            by: {type: string, enum: [session, day, model]}
            usage: {type: array, items: {$ref: '#/components/schemas/UsageRow'}}
            total: {$ref: '#/components/schemas/UsageRow'}
        UsageRow:
          type: object
          required: [key, turns, input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens, cost_usd]
          properties:
            key: {type: string, description: 'The session, day or model; `total` for the sum.'}
            turns: {type: integer, minimum: 0}
            input_tokens: {type: integer, minimum: 0}
            output_tokens: {type: integer, minimum: 0}
            cache_read_input_tokens: {type: integer, minimum: 0}
            cache_creation_input_tokens: {type: integer, minimum: 0}
            cost_usd: {type: number, minimum: 0}
        AgentAnswer: {type: object, description: 'The CLI''s own words, which may change with its version.'}
        AgentFacts:
          type: object
          required: [version, models, commands, agents]
          properties:
            version: {type: string}
            models: {type: array, items: {}}
            commands: {type: array, items: {}}
            agents: {type: array, items: {}}
        Server:
          type: object
          required: [name, version, sessions, maximum_sessions, limits, capabilities]
          properties:
            name: {const: troupe}
            version:
              type: object
              required: [troupe, agent]
              properties:
                troupe: {type: string}
                agent: {type: string, description: What the CLI says with `--version`.}
            sessions: {type: integer, minimum: 0}
            maximum_sessions: {type: integer, minimum: 1}
            limits: {$ref: '#/components/schemas/ServerLimits'}
            capabilities:
              type: array
              description: What a client can count on; there will be more of them.
              items: {type: string}
              examples: [[approvals, export, jobs, keys, persistence, sse, websocket]]
            warm: {$ref: '#/components/schemas/Warm'}
        ServerLimits:
          type: object
          description: What clients are held to.
          required: [sessions, queued_messages, viewers_per_session, connections, connections_per_address, body_bytes, small_body_bytes, header_bytes, request_timeout_ms, heartbeat_ms, list_items]
          properties:
            sessions: {type: integer, minimum: 1, description: Sessions at once.}
            running: {type: integer, minimum: 1, description: Processes at once; absent where the memory decides.}
            queued_messages: {type: integer, minimum: 0, description: Messages that may wait in one session.}
            viewers_per_session: {type: integer, minimum: 1, description: Streams that one session may have.}
            connections: {type: integer, minimum: 1}
            connections_per_address: {type: integer, minimum: 1}
            body_bytes: {type: integer, minimum: 1, description: The largest body where prompts may be.}
            small_body_bytes: {type: integer, minimum: 1, description: The largest body anywhere else.}
            header_bytes: {type: integer, minimum: 1, description: The largest head of a request.}
            request_timeout_ms: {type: integer, minimum: 0, description: For the head of a request.}
            heartbeat_ms: {type: integer, minimum: 1, description: A stream says something at least this often.}
            list_items: {type: integer, minimum: 1, description: The largest `limit` of a list.}
            key:
              type: object
              description: What the caller's key is held to beside that; what is absent is not limited.
              properties:
                sessions: {type: integer}
                running: {type: integer}
                subscribers: {type: integer}
                requests_per_minute: {type: integer}
                usd_per_day: {type: number}
        ModelList:
          type: object
          required: [models, as_of]
          properties:
            models:
              type: array
              items: {}
              description: In the CLI's own words, which may change with its version.
              examples: [[{value: sonnet, displayName: Sonnet}]]
            as_of: {type: [string, 'null'], description: When a process told of them; `null` before one has.}
        CountTokens:
          type: object
          additionalProperties: false
          required: [text]
          properties:
            text: {type: string, minLength: 1, maxLength: 1000000, pattern: '^[^\u0000]*$'}
        TokenCount:
          type: object
          required: [characters, words, estimated_tokens]
          properties:
            characters: {type: integer, minimum: 1}
            words: {type: integer, minimum: 0}
            estimated_tokens: {type: integer, minimum: 0}
        Warm:
          type: object
          description: The processes kept ready for new sessions, and what they cost.
          required: [size, ready, starting, leases, misses, memory_bytes]
          properties:
            size: {type: integer, minimum: 0}
            ready: {type: integer, minimum: 0}
            starting: {type: integer, minimum: 0}
            leases: {type: integer, minimum: 0, description: Sessions that got one.}
            misses: {type: integer, minimum: 0, description: Sessions that had to start their own.}
            memory_bytes: {type: integer, minimum: 0, description: What they alone use.}
        Liveness:
          type: object
          required: [status]
          properties:
            status: {const: live}
        Health:
          type: object
          required: [status, sessions, maximum_sessions, storage]
          properties:
            status: {type: string, enum: [ready, degraded, draining]}
            sessions: {type: integer, minimum: 0}
            maximum_sessions: {type: integer, minimum: 1}
            storage: {type: string, description: '`memory`, `healthy`, or why nothing can be written.'}
        """#
}
