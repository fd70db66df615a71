extension OpenAPISource {
    static let sessions = #"""
        /v1/sessions:
          post:
            operationId: createSession
            tags: [Sessions]
            scope: send
            summary: Make a session
            description: |
              Makes a session and starts its process. With `message` it begins its first turn at once.

              Everything is optional: a session made from `{}` works in the server's directory, with the CLI's defaults.
              `mcp_servers`, `agents`, `settings`, `env`, `cwd` outside of the key's directories and the permission mode
              `bypassPermissions` need the scope `settings`, where the server has keys.
            parameters: [{$ref: '#/components/parameters/IdempotencyKey'}]
            requestBody:
              content:
                application/json:
                  schema: {$ref: '#/components/schemas/CreateSession'}
                  examples:
                    empty: {summary: All defaults, value: {}}
                    first: {summary: With its first prompt, value: {id: demo, name: Release notes, message: Summarise CHANGELOG.md}}
                    limited: {summary: Read only and cheap, value: {permission_mode: plan, allowed_tools: [Read, Grep], budget_usd: 0.5, max_turns: 20}}
            responses:
              '201':
                description: The session, and where its events are.
                headers:
                  Location: {description: The session's path., required: true, schema: {type: string}}
                content: {application/json: {schema: {$ref: '#/components/schemas/CreatedSession'}}}
            errors:
              - session_exists
              - session_ended
              - session_limit
              - admission_full
              - key_budget_reached
              - idempotency_conflict
              - environment_refused
              - scope_required
              - workspace_refused
              - worktree_failed
              - queue_full
              - budget_reached
              - session_failed
              - agent_stalled
              - draining
              - storage_unavailable
          get:
            operationId: listSessions
            tags: [Sessions]
            scope: read
            summary: List sessions
            description: >-
              Newest activity first. `counts` are of all sessions the key may see, `total` of those that the filters let
              through.
            parameters:
              - {name: state, in: query, description: Only those in this state., schema: {$ref: '#/components/schemas/SessionState'}}
              - {name: tag, in: query, description: Only those with this tag., schema: {type: string}}
              - {name: q, in: query, description: Only those whose id or name contains this., schema: {type: string}}
              - {name: needs_input, in: query, description: '`true`: only those that wait for a person.', schema: {type: boolean, default: false}}
              - {$ref: '#/components/parameters/Limit'}
              - name: cursor
                in: query
                description: The `next_cursor` of the page before. A session that does something meanwhile moves to the first page.
                schema: {type: string, pattern: '^[0-9]{17}\.([A-Za-z0-9_-]{1,64}~)?[A-Za-z0-9_-]{1,64}$'}
            answers:
              '200': [SessionList, The sessions.]
            errors: [invalid_cursor]
        /v1/sessions/{id}:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          get:
            operationId: getSession
            tags: [Sessions]
            scope: read
            summary: Look at a session
            description: Its state and what it waits for, its queue, its approvals, what it has used, its process.
            answers:
              '200': [Session, The session.]
          patch:
            operationId: changeSession
            tags: [Sessions]
            scope: send
            summary: Change a session
            description: >-
              What is not named stays. `model`, `permission_mode` and `max_thinking_tokens` are changed on the running
              process too, which may refuse. `null` for a budget lifts it.
            requestBody:
              content:
                application/json:
                  schema: {$ref: '#/components/schemas/ChangeSession'}
                  examples:
                    rename: {value: {name: Release notes, tags: [docs]}}
                    model: {value: {model: haiku}}
                    lift: {summary: No more budget, value: {budget_usd: null}}
            answers:
              '200': [Session, The session as it is now.]
            errors: [session_ended, scope_required, agent_refused, agent_stalled, session_busy]
          delete:
            operationId: endSession
            tags: [Sessions]
            scope: send
            summary: End a session
            description: Ends it for good. When the answer comes, its process and everything that process started are gone.
            responses:
              '204': {description: It has ended.}
        /v1/sessions/{id}/export:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          get:
            operationId: exportSession
            tags: [Sessions]
            scope: read
            summary: Export a session
            description: |
              All that is kept of it up to now, oldest first. `jsonl`: every durable event in its envelope, one a line, as
              streams and history have it; where the first of them are no longer kept, a `stream.gap` stands in their place.
              `markdown`: what was said and which tools ran, for people.
            parameters:
              - {name: format, in: query, description: For programs or for people., schema: {type: string, enum: [jsonl, markdown], default: jsonl}}
            responses:
              '200':
                description: The session.
                headers:
                  Content-Disposition: {description: A name for the file., required: true, schema: {type: string}}
                content:
                  application/x-ndjson: {schema: {type: string}}
                  text/markdown; charset=utf-8: {schema: {type: string}}
        /v1/sessions/{id}/fork:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          post:
            operationId: forkSession
            tags: [Sessions]
            scope: send
            summary: Copy a session
            description: Makes a session that goes on from where this one is; this one stays as it is.
            parameters: [{$ref: '#/components/parameters/IdempotencyKey'}]
            requestBody:
              content:
                application/json:
                  schema: {$ref: '#/components/schemas/ForkSession'}
                  examples:
                    other: {summary: The same with another model, value: {name: Second opinion, model: opus}}
            responses:
              '201':
                description: The copy.
                headers:
                  Location: {description: The copy's path., required: true, schema: {type: string}}
                content: {application/json: {schema: {$ref: '#/components/schemas/CreatedSession'}}}
            errors:
              - session_busy
              - scope_required
              - workspace_refused
              - nothing_said
              - session_exists
              - session_ended
              - session_limit
              - admission_full
              - key_budget_reached
              - idempotency_conflict
              - environment_refused
              - draining
              - storage_unavailable
        """#
}
