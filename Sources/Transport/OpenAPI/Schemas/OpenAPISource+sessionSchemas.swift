extension OpenAPISource {
    static let sessionSchemas = #"""
        SessionState:
          type: string
          enum: [starting, idle, running, requires_action, stopping, hibernated, failed, ended]
          description: |
            `starting`: the process is on its way, messages wait. `idle`: it waits for a message. `running`: a turn is open.
            `requires_action`: a person must answer, or lift the budget. `stopping`: a turn or the session is being stopped.
            `hibernated`: the process was given back, the next message wakes it. `failed`: the process died too often.
            `ended`: gone for good.
        PermissionMode:
          type: string
          enum: [default, acceptEdits, plan, dontAsk, auto, bypassPermissions]
          description: >-
            The CLI's own modes of what may run without being asked. `acceptEdits`, `auto` and `bypassPermissions` answer
            approvals in advance and need the scope `approve`; `bypassPermissions` needs `settings` as well.
        Session:
          type: object
          required: [id, state, cwd, tags, created_at, last_activity_at, claude_session_ids, queue_length, pending_approvals, background_tasks, viewers, usage, process, cursor]
          properties:
            id: {type: string, examples: [demo]}
            owner: {type: string, description: 'The id of the key it belongs to, where the server has keys.'}
            name: {type: string}
            state: {$ref: '#/components/schemas/SessionState'}
            waiting_on:
              type: string
              enum: [admission, api, api_retry, tool, person, budget, login, stuck]
              description: 'What keeps it from moving on: a place among the processes that may run, the model''s first word, another try after a failure of the API, a tool, a person, a budget, or silence for too long.'
            admission_position: {type: integer, minimum: 1, description: Its place in the line for a process.}
            model: {type: string}
            permission_mode: {type: string}
            cwd: {type: string, description: Where it works.}
            tags: {type: array, items: {type: string}}
            created_at: {$ref: '#/components/schemas/Time'}
            last_activity_at: {$ref: '#/components/schemas/Time'}
            expires_at: {$ref: '#/components/schemas/Time', description: When it ends if nobody touches it; absent while something keeps it.}
            hibernates_at: {$ref: '#/components/schemas/Time', description: When its process is given back if nothing needs it by then.}
            claude_session_ids: {type: array, items: {type: string}, description: 'Every Claude session id it has had, oldest first.'}
            turn: {type: string, description: The open turn.}
            last_outcome: {type: string, enum: [completed, interrupted, failed, budget, killed], description: How its last turn ended.}
            queue_length: {type: integer, minimum: 0}
            pending_approvals: {type: array, items: {type: string}, description: The ids of approvals that wait for a person.}
            background_tasks: {type: integer, minimum: 0, description: Background shells and sub-agents of the process.}
            viewers: {type: integer, minimum: 0, description: Streams attached to it.}
            usage: {$ref: '#/components/schemas/SessionUsage'}
            budget: {$ref: '#/components/schemas/Budget'}
            context: {$ref: '#/components/schemas/ContextFill'}
            process: {$ref: '#/components/schemas/Process'}
            failure: {type: string, description: Why it failed.}
            cursor: {$ref: '#/components/schemas/Cursor', description: The newest durable event.}
        CreatedSession:
          allOf:
            - {$ref: '#/components/schemas/Session'}
            - type: object
              required: [events_url, ws_url]
              properties:
                events_url: {type: string, description: Its Server-Sent Events.}
                ws_url: {type: string, description: Its WebSocket.}
        SessionList:
          type: object
          required: [sessions, total, counts, next_cursor]
          properties:
            sessions: {type: array, items: {$ref: '#/components/schemas/Session'}}
            total: {type: integer, minimum: 0, description: How many the filters let through.}
            counts:
              type: object
              description: How many there are in each state; a state without any is absent.
              additionalProperties: {type: integer, minimum: 1}
            next_cursor: {type: [string, 'null'], description: 'For the next page; `null` on the last.'}
        SessionUsage:
          type: object
          required: [turns, cost_usd, tokens]
          properties:
            turns: {type: integer, minimum: 0}
            cost_usd: {type: number, minimum: 0}
            tokens: {$ref: '#/components/schemas/Tokens'}
        Tokens:
          type: object
          required: [input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens]
          properties:
            input_tokens: {type: integer, minimum: 0}
            output_tokens: {type: integer, minimum: 0}
            cache_read_input_tokens: {type: integer, minimum: 0}
            cache_creation_input_tokens: {type: integer, minimum: 0}
        ContextFill:
          type: object
          description: How full the model's context was at its last call; absent before the first.
          required: [tokens]
          properties:
            tokens: {type: integer, minimum: 0}
            window: {type: integer, minimum: 0, description: How many there may be.}
        Budget:
          type: object
          required: [spent_usd, spent_turns, is_reached]
          properties:
            limit_usd: {type: number, exclusiveMinimum: 0}
            limit_turns: {type: integer, minimum: 1}
            spent_usd: {type: number, minimum: 0}
            spent_turns: {type: integer, minimum: 0}
            is_reached: {type: boolean}
        Process:
          type: object
          required: [restarts]
          properties:
            pid: {type: integer, minimum: 1, description: Absent while there is no process.}
            uptime_ms: {type: integer, minimum: 0}
            rss_bytes: {type: integer, minimum: 0, description: 'Memory of the process itself, without the tools it runs.'}
            cpu_ms: {type: integer, minimum: 0, description: 'Processor time of the process itself since it began.'}
            restarts: {type: integer, minimum: 0, description: How often it was started again after it had died.}
            last_exit: {$ref: '#/components/schemas/Exit'}
        Exit:
          type: object
          description: How the last process ended.
          required: [stderr_tail]
          properties:
            code: {type: integer}
            signal: {type: integer}
            stderr_tail: {type: string, description: The last of what it wrote to its standard error.}
        CreateSession:
          type: object
          x-fields-may-be-null: true
          additionalProperties: false
          properties:
            id: {type: string, minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]{1,64}$', description: Chosen by the client; else made.}
            name: {type: string, maxLength: 256, pattern: '^[^\u0000]*$', description: For people.}
            model: {type: string, maxLength: 256, pattern: '^[^\u0000]*$', description: 'The CLI''s names: `opus`, `sonnet`, a full name.'}
            fallback_model: {type: string, maxLength: 256, pattern: '^[^\u0000]*$', description: When the model is overloaded.}
            cwd: {type: string, maxLength: 4096, pattern: '^/[^\u0000]*$', description: 'Where it works: the absolute path of a directory that exists; else the server''s.'}
            add_dirs: {type: array, maxItems: 256, items: {type: string, pattern: '^/[^\u0000]*$'}, description: Further directories its tools may use.}
            permission_mode: {$ref: '#/components/schemas/PermissionMode'}
            allowed_tools: {type: array, maxItems: 256, items: {type: string, pattern: '^[^\u0000]*$'}, description: 'What runs without being asked, as rules of the CLI. That answers approvals in advance, so it needs the scope `approve`.', examples: [[Read, 'Bash(git log:*)']]}
            disallowed_tools: {type: array, maxItems: 256, items: {type: string, pattern: '^[^\u0000]*$'}, description: What never runs.}
            system_prompt: {type: string, maxLength: 65536, pattern: '^[^\u0000]*$', description: 'In place of the CLI''s own; at most 64 KiB of UTF-8.'}
            append_system_prompt: {type: string, maxLength: 65536, pattern: '^[^\u0000]*$', description: 'After the CLI''s own; at most 64 KiB of UTF-8.'}
            max_turns: {type: integer, minimum: 1, maximum: 10000, description: Model calls in one turn.}
            max_thinking_tokens: {type: integer, minimum: 0, maximum: 1000000}
            effort: {type: string, enum: [low, medium, high, xhigh, max]}
            mcp_servers: {type: object, description: 'As in the CLI''s `--mcp-config`; at most 256 KiB.'}
            agents: {type: object, description: 'Sub-agents by name, as in the CLI''s `--agents`; at most 256 KiB.'}
            settings: {type: object, description: 'As in the CLI''s settings.json; at most 256 KiB.'}
            env: {type: object, maxProperties: 64, additionalProperties: {type: string, pattern: '^[^\u0000]*$'}, description: 'For the agent''s environment: names that the server lets sessions set (`--session-env`).'}
            worktree:
              type: object
              additionalProperties: false
              required: [repository]
              description: 'A git worktree to work in, instead of `cwd`: made with the session, and removed with it if nothing in it would be lost.'
              properties:
                repository: {type: string, pattern: '^/[^\u0000]*$', description: The directory that holds `.git`.}
                branch: {type: string, maxLength: 255, description: Checked out if it exists, else made.}
            resume: {type: string, format: uuid, description: A Claude session to take up.}
            fork: {type: boolean, description: 'Copy `resume` rather than take it up.'}
            tags: {type: array, maxItems: 256, items: {type: string, pattern: '^[^\u0000]*$'}}
            ttl_ms: {type: integer, minimum: 1, maximum: 31536000000, description: Idle time without viewers after which it ends.}
            hibernate_after_ms: {type: integer, minimum: 1, maximum: 31536000000, description: Idle time after which its process is given back.}
            budget_usd: {$ref: '#/components/schemas/Amount', description: What it may spend.}
            budget_turns: {type: integer, minimum: 1, maximum: 1000000, description: How many turns it may take.}
            template: {type: string, minLength: 1, maxLength: 64, pattern: '^[a-z0-9_-]{1,64}$', description: 'The name of a template, whose options count where the request has none.'}
            message: {$ref: '#/components/schemas/Content', description: Its first prompt.}
          if: {required: [fork], properties: {fork: {const: true}}}
          then: {required: [resume], properties: {resume: {type: string}}}
        ChangeSession:
          type: object
          x-fields-may-be-null: true
          additionalProperties: false
          properties:
            name: {type: string, maxLength: 256, pattern: '^[^\u0000]*$'}
            tags: {type: array, maxItems: 256, items: {type: string, pattern: '^[^\u0000]*$'}, description: In place of those it has; `null` for none.}
            ttl_ms: {type: integer, minimum: 1, maximum: 31536000000}
            hibernate_after_ms: {type: integer, minimum: 1, maximum: 31536000000}
            model: {type: string, maxLength: 256, pattern: '^[^\u0000]*$'}
            permission_mode: {$ref: '#/components/schemas/PermissionMode'}
            max_thinking_tokens: {type: integer, minimum: 0, maximum: 1000000}
            budget_usd: {$ref: '#/components/schemas/Amount', description: 'What it may spend in all; `null` for no limit.'}
            budget_turns: {type: integer, minimum: 1, maximum: 1000000, description: 'How many turns it may take in all; `null` for no limit.'}
        ForkSession:
          type: object
          x-fields-may-be-null: true
          additionalProperties: false
          properties:
            id: {type: string, minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]{1,64}$'}
            name: {type: string, maxLength: 256, pattern: '^[^\u0000]*$'}
            tags: {type: array, maxItems: 256, items: {type: string, pattern: '^[^\u0000]*$'}}
            model: {type: string, maxLength: 256, pattern: '^[^\u0000]*$'}
            permission_mode: {$ref: '#/components/schemas/PermissionMode'}
        RewindSession:
          type: object
          additionalProperties: false
          required: [message_uuid]
          properties:
            message_uuid: {type: string, format: uuid, description: 'The `uuid` in the `data` of an `agent.assistant` or `agent.user` event; it becomes the last.'}
        NoFields:
          type: object
          additionalProperties: false
          maxProperties: 0
          description: Nothing, or an empty object.
        Amount: {type: number, exclusiveMinimum: 0, exclusiveMaximum: 1000000000, description: US dollars.}
        Time: {type: string, format: date-time, examples: ['2026-11-21T10:30:00.123Z']}
        Day: {type: string, format: date, examples: ['2026-11-21']}
        """#
}
