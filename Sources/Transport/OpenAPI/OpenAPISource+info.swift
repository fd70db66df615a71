extension OpenAPISource {
    /// Everything but paths and schemas.
    static let info = #"""
        openapi: 3.1.0
        jsonSchemaDialect: https://json-schema.org/draft/2020-12/schema
        info:
          title: Troupe
          version: VERSION
          summary: Claude Code sessions over HTTP, Server-Sent Events and WebSocket.
          license: {name: Apache-2.0, identifier: Apache-2.0}
          description: |
            Troupe hosts Claude Code sessions. Each is one long-lived `claude` process with a log of events that any
            number of clients can follow. Make a session, send it messages, follow its events, answer what it asks.

            **JSON.** Names are `snake_case`, times RFC 3339 in UTC with milliseconds, durations milliseconds with `_ms`
            in the name, money a number of US dollars. Fields of a request that it does not know are refused with 422 and
            a pointer to each; fields of an answer and types of events that a client does not know are to be ignored: there
            will be more of them.

            **Errors** are `application/problem+json` (RFC 9457). `code` is one of a closed list (schema `ErrorCode`),
            and each operation lists its own by status. 429 and 503 say in `Retry-After` when another try makes sense.
            Every answer carries `X-Request-ID`: yours, where you sent one of printable characters, else ours.

            **Keys.** A server with API keys wants one with every request, as `Authorization: Bearer …` or `X-API-Key`,
            or the cookie or ticket a browser was given for one; `x-required-scope` is the scope it needs. What a key may
            not see does not exist for it: 404, in all places, as for what never was. A server without keys serves
            whoever reaches it, and binds to loopback only. See the schema `Scope`.

            **Once only.** `Idempotency-Key` on creating (sessions, jobs, webhooks), forking and sending makes a repeated request the same request:
            the same body has the same effect and answer, another body is refused with 409.

            **Streams** are described in AsyncAPI at `asyncapi.json` beside this document.
        servers:
          - {url: /, description: This server.}
        tags:
          - {name: Sessions, description: "Make, list, look at, change, copy and end sessions."}
          - {name: Messages, description: "What is said to a session, its queue, and how to stop it."}
          - {name: Approvals, description: "What the agent asks people: may this tool run, which of these, is this plan good."}
          - {name: Jobs, description: "Messages that one comes back for."}
          - {name: Webhooks, description: "Who is told of events by a call, and what became of it."}
          - {name: Templates, description: "Named sets of options for new sessions."}
          - {name: Process, description: "A session's process: give it back, start it, and ask it about itself."}
          - {name: Files, description: "What lies in the directory that a session works in."}
          - {name: Events, description: "Follow sessions as Server-Sent Events; see also `asyncapi.json`."}
          - {name: Usage, description: "What was used, from the CLI's own numbers, and who did what."}
          - {name: Access, description: "Tickets and cookies: a key's permissions for browsers."}
          - {name: Server, description: "The server itself: its health, its limits, its documents."}
        """#

    /// Parameters, headers and security schemes that operations refer to.
    static let components = #"""
        parameters:
          SessionID:
            name: id
            in: path
            required: true
            description: >-
              The session's id, or any Claude session id it has had. With the scope `admin`, `owner~id` for a session of
              another key.
            schema: {type: string, minLength: 1, maxLength: 129, pattern: '^([A-Za-z0-9_-]{1,64}~)?[A-Za-z0-9_-]{1,64}$'}
            example: demo
          MessageID:
            name: message
            in: path
            required: true
            description: A message's id, as sending it answered.
            schema: {type: string, minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]{1,64}$'}
            example: m_0c2bb0b6f0d24f0f
          JobID:
            name: job
            in: path
            required: true
            description: The job's id.
            schema: {type: string, minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]{1,64}$'}
            example: j_8f14e45fceea167a5a36
          WebhookID:
            name: webhook
            in: path
            required: true
            description: The webhook's id.
            schema: {type: string, minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]{1,64}$'}
            example: w_8f14e45fceea167a5a36
          DeliveryID:
            name: delivery
            in: path
            required: true
            description: The delivery's id.
            schema: {type: string, minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]{1,64}$'}
            example: d_8f14e45fceea167a5a36
          JobState:
            name: state
            in: query
            description: Only those in this state.
            schema: {$ref: '#/components/schemas/JobState'}
          DeliveryState:
            name: state
            in: query
            description: Only those in this state.
            schema: {type: string, enum: [pending, delivered, dead]}
          Limit:
            name: limit
            in: query
            description: How many at most.
            schema: {type: integer, minimum: 1, maximum: 1000, default: 100}
          IdempotencyKey:
            name: Idempotency-Key
            in: header
            description: >-
              Any text of the client's, a UUID for instance. The same request sent again with the same key has its effect
              once; with another body it is refused with 409.
            schema: {type: string, minLength: 1, maxLength: 255, pattern: '^[!-~]{1,255}$'}
          Prefer:
            name: Prefer
            in: header
            description: >-
              `wait=SECONDS` (RFC 7240 §4.3), an hour at most: wait for the end of the turn, and answer 200 with its
              result; 202 where it takes longer. Other preferences are passed over.
            schema: {type: string}
            example: wait=60
          LastEventID:
            name: Last-Event-ID
            in: header
            description: The `id` of the last event a client has had; an `EventSource` sends it by itself. Beats `after`.
            schema: {$ref: '#/components/schemas/StreamStart'}
          After:
            name: after
            in: query
            description: >-
              Where to begin: a cursor, `earliest` for everything there is, `latest` for only what is new. Without it,
              the stream begins with a snapshot.
            schema: {$ref: '#/components/schemas/StreamStart'}
          Types:
            name: types
            in: query
            description: Only events whose type begins with one of these, comma-separated.
            schema: {type: string}
            example: turn.,approval.
          Previews:
            name: previews
            in: query
            description: Whether to send text as it is written (`all`), or only whole messages (`none`).
            schema: {type: string, enum: [all, none], default: all}
          Named:
            name: named
            in: query
            description: >-
              `1` sets SSE's `event:` to the type of each event, for `addEventListener`; else `onmessage` sees all.
            schema: {type: string, enum: ['0', '1'], default: '0'}
        headers:
          RequestID:
            description: The request's id, for the server's log; the client's own when it sent a sane one.
            schema: {type: string}
          RetryAfter:
            description: Seconds after which another try makes sense.
            schema: {type: string, pattern: '^[0-9]+$'}
          Allow:
            description: The methods this path has.
            schema: {type: string}
          WWWAuthenticate:
            description: How to authenticate (RFC 9110 §11.6.1).
            schema: {type: string}
        securitySchemes:
          bearer:
            type: http
            scheme: bearer
            description: 'An API key, `Authorization: Bearer …`; `troupe keys create` makes one.'
          apiKey: {type: apiKey, in: header, name: X-API-Key, description: The same key in a header of its own.}
          cookie: {type: apiKey, in: cookie, name: troupe_token, description: 'The same key in the cookie that `/v1/login` sets.'}
          ticket: {type: apiKey, in: query, name: ticket, description: 'What `/v1/tickets` makes of a key.'}
        """#
}
