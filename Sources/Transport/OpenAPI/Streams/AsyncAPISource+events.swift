extension AsyncAPISource {
    /// The events that the server writes itself; durable ones, but for those with `preview:`.
    static let events = #"""
        session.created:
          summary: There is a new session.
          data: {$ref: '#/components/schemas/Session'}
        session.state:
          summary: It does something else now.
          data:
            type: object
            required: [state]
            properties:
              state: {$ref: '#/components/schemas/SessionState'}
              waiting_on: {type: string}
              failure: {type: string}
              wake_ms: {type: integer, description: How long the start from hibernation took that made this state.}
        session.updated:
          summary: What changed, with its new values.
          data:
            type: object
            properties:
              name: {type: string}
              cwd: {type: string}
              tags: {type: array, items: {type: string}}
              ttl_ms: {type: integer}
              hibernate_after_ms: {type: integer}
              model: {type: string}
              permission_mode: {type: string}
              max_thinking_tokens: {type: integer}
              budget: {$ref: '#/components/schemas/Budget'}
              claude_session_id: {type: string}
        session.expiring:
          summary: It ends soon unless somebody touches it.
          data:
            type: object
            required: [expires_at]
            properties:
              expires_at: {$ref: '#/components/schemas/Time'}
        session.ended:
          summary: The last event of a session.
          data:
            type: object
            required: [reason]
            properties:
              reason: {type: string, enum: [deleted, expired, shutdown]}
        turn.started:
          summary: The agent works.
          data:
            type: object
            required: [id, origin, started_at]
            properties:
              id: {type: string}
              origin: {type: string, enum: [message, task, peer], description: '`message`: a client''s. `task`: a background task has finished. `peer`: another session has sent something.'}
              message_id: {type: string}
              started_at: {$ref: '#/components/schemas/Time'}
        turn.ended:
          summary: The agent is done; exactly one for each turn.
          data:
            type: object
            required: [id, origin, outcome, duration_ms]
            properties:
              id: {type: string}
              origin: {type: string, enum: [message, task, peer]}
              message_id: {type: string}
              started_at: {$ref: '#/components/schemas/Time'}
              outcome: {$ref: '#/components/schemas/TurnOutcome'}
              stop_reason: {type: string, enum: [asked, superseded, denied, stalled]}
              result: {type: string, description: 'The answer''s text, or what went wrong.'}
              usage: {$ref: '#/components/schemas/Tokens'}
              cost_usd: {type: number}
              duration_ms: {type: integer}
        message.accepted:
          summary: A message was taken.
          data: {$ref: '#/components/schemas/Message'}
        message.queued:
          summary: 'A message waits, or its place or words have changed.'
          data: {$ref: '#/components/schemas/MessageNote'}
        message.delivered:
          summary: The agent has it.
          data: {$ref: '#/components/schemas/MessageNote'}
        message.consumed:
          summary: A message that was steered into a turn became part of it.
          data: {$ref: '#/components/schemas/MessageNote'}
        message.returned:
          summary: It was handed back; send it again if it is still wanted.
          data: {$ref: '#/components/schemas/Message'}
        message.cancelled:
          summary: A client took it back.
          data: {$ref: '#/components/schemas/MessageNote'}
        approval.requested:
          summary: The agent asks.
          data: {$ref: '#/components/schemas/Approval'}
        approval.resolved:
          summary: Somebody answered.
          data: {$ref: '#/components/schemas/Approval'}
        approval.withdrawn:
          summary: The agent no longer needs an answer.
          data: {$ref: '#/components/schemas/Approval'}
        approval.expired:
          summary: Nobody answered in time.
          data: {$ref: '#/components/schemas/Approval'}
        job.queued:
          summary: 'A job was handed in; `message.accepted` has what it asks.'
          data: {$ref: '#/components/schemas/Job'}
        job.started:
          summary: A turn works on it.
          data: {$ref: '#/components/schemas/Job'}
        job.ended:
          summary: 'It has succeeded, failed or been cancelled.'
          data: {$ref: '#/components/schemas/Job'}
        process.started:
          summary: The session has a process.
          data:
            type: object
            required: [pid]
            properties:
              pid: {type: integer}
        process.exited:
          summary: The process has gone.
          data: {$ref: '#/components/schemas/Exit'}
        process.stalled:
          summary: 'The process is silent, or does not read.'
          data:
            type: object
            required: [reason]
            properties:
              reason: {type: string}
              waiting_on: {type: string}
              silent_ms: {type: integer}
        viewer.joined:
          summary: 'More watch the session now. A preview, told to them at most once a second.'
          preview: true
          data: {$ref: '#/components/schemas/ViewersChanged'}
        viewer.left:
          summary: 'Fewer watch the session now. A preview, told to them at most once a second.'
          preview: true
          data: {$ref: '#/components/schemas/ViewersChanged'}
        budget.reached:
          summary: The session waits until its budget is lifted.
          data: {$ref: '#/components/schemas/Budget'}
        limit.hit:
          summary: 'The account''s limits, as the CLI tells of them.'
          data:
            type: object
            properties:
              status: {type: string}
              resets_at: {type: string}
              limit: {type: string}
        auth.failed:
          summary: The agent could not log in.
          data:
            type: object
            required: [message]
            properties:
              message: {type: string}
        """#
}
