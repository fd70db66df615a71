extension OpenAPISource {
    static let processes = #"""
        /v1/sessions/{id}/hibernate:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          post:
            operationId: hibernateSession
            tags: [Process]
            scope: send
            summary: Give the process back
            description: The session stays; the next message starts a process that goes on where this one was.
            requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/NoFields'}}}}
            answers:
              '200': [Session, The process has gone.]
            errors: [session_busy, session_ended, session_failed]
        /v1/sessions/{id}/wake:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          post:
            operationId: wakeSession
            tags: [Process]
            scope: send
            summary: Start the process
            description: Of a hibernated session, or once more of one that failed.
            requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/NoFields'}}}}
            answers:
              '202': [Session, It starts.]
            errors: [session_ended]
        /v1/sessions/{id}/restart:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          post:
            operationId: restartSession
            tags: [Process]
            scope: send
            summary: Replace the process
            description: A new one in the place of the old, with the same conversation.
            requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/NoFields'}}}}
            answers:
              '202': [Session, It starts.]
            errors: [session_busy, session_ended, session_failed]
        /v1/sessions/{id}/rewind:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          post:
            operationId: rewindSession
            tags: [Process]
            scope: send
            summary: Forget what came after a message
            description: >-
              Cuts the conversation off after one of the agent's messages. Files stay as they are. The process that knew
              more is gone when the answer comes.
            requestBody:
              required: true
              content:
                application/json:
                  schema: {$ref: '#/components/schemas/RewindSession'}
                  examples:
                    one: {value: {message_uuid: 1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed}}
            answers:
              '200': [Session, The session.]
            errors: [session_busy, nothing_said, session_ended, session_failed, storage_unavailable]
        /v1/sessions/{id}/context:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          get:
            operationId: getContextUse
            tags: [Process]
            scope: read
            summary: Ask how full the context is
            answers:
              '200': [AgentAnswer, 'What the CLI says, as it says it.']
            errors: [session_busy, agent_stalled, agent_refused, session_ended]
        /v1/sessions/{id}/mcp:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          get:
            operationId: getMcpStatus
            tags: [Process]
            scope: read
            summary: Ask about MCP servers
            answers:
              '200': [AgentAnswer, 'What the CLI says, as it says it.']
            errors: [session_busy, agent_stalled, agent_refused, session_ended]
        /v1/sessions/{id}/agent:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          get:
            operationId: getAgentFacts
            tags: [Process]
            scope: read
            summary: Ask the agent what it can
            description: Its version, models, commands and sub-agents.
            answers:
              '200': [AgentFacts, What the CLI says of itself.]
            errors: [session_busy, agent_stalled, agent_refused, session_ended]
        """#
}
