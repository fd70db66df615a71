extension OpenAPISource {
    static let accessSchemas = #"""
        Scope:
          type: string
          enum: [read, send, approve, admin, compose, settings]
          description: |
            What a key may do. `read`: look and watch. `send`: create, prompt, interrupt, end, and files and jobs.
            `approve`: answer what the agent asks. `admin`: all of this with everybody's sessions, and the server's own
            figures. `compose`: prompts may use the CLI's `@path` and `/commands`. `settings`: sessions may name setting
            sources, settings, MCP servers, agents, environment, any directory and the mode `bypassPermissions`.
        CreateTicket:
          type: object
          x-fields-may-be-null: true
          additionalProperties: false
          properties:
            session: {type: string, maxLength: 4096, pattern: '^[^\u0000]*$', description: The one session it shows.}
            ttl_ms: {type: integer, minimum: 1, maximum: 2592000000, description: How long a viewer link lasts; else a day.}
          if: {required: [ttl_ms], properties: {ttl_ms: {type: integer}}}
          then: {required: [session], properties: {session: {type: string}}}
        CreatedTicket:
          type: object
          required: [ticket, expires_at]
          properties:
            ticket: {type: string}
            expires_at: {$ref: '#/components/schemas/Time'}
            events_url: {type: string, description: Where a viewer link leads.}
        Login:
          type: object
          additionalProperties: false
          required: [token]
          properties:
            token: {type: string, maxLength: 512, pattern: '^[^\u0000]*$', description: An API key.}
        LoggedIn:
          type: object
          required: [name, scopes]
          properties:
            name: {type: string, description: Who the key was given to.}
            scopes: {type: array, items: {$ref: '#/components/schemas/Scope'}}
        KeyLimits:
          type: object
          properties:
            sessions: {type: integer, description: Sessions that may exist at once.}
            running: {type: integer, description: Processes that may run at once.}
            subscribers: {type: integer, description: Streams that may be open at once.}
            requests_per_minute: {type: integer, description: Requests of the class `work` a minute.}
            usd_per_day: {type: number, description: What its sessions may spend in one day (UTC).}
        OwnKey:
          type: object
          required: [name, scopes]
          properties:
            id: {type: string, description: Absent on a server without keys.}
            name: {type: string}
            scopes: {type: array, items: {$ref: '#/components/schemas/Scope'}}
            expires_at: {type: string, format: date-time}
            limits: {$ref: '#/components/schemas/KeyLimits'}
        KeyList:
          type: object
          required: [keys]
          properties:
            keys:
              type: array
              items:
                type: object
                required: [id, name, scopes, created_at]
                properties:
                  id: {type: string}
                  name: {type: string, description: Who it was given to.}
                  scopes: {type: array, items: {$ref: '#/components/schemas/Scope'}}
                  created_at: {type: string, format: date-time}
                  expires_at: {type: string, format: date-time}
                  last_used_at: {type: string, format: date-time}
                  limits: {$ref: '#/components/schemas/KeyLimits'}
        """#
}
