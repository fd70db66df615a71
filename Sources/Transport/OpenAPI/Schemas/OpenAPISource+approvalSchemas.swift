extension OpenAPISource {
    static let approvalSchemas = #"""
        Approval:
          type: object
          required: [id, session, kind, tool, input, suggestions, created_at, default, state]
          properties:
            id: {type: string}
            session: {type: string}
            turn: {type: string}
            kind:
              type: string
              enum: [permission, question, plan]
              description: '`permission`: may the tool run? `question`: `questions` want `answers`. `plan`: it is ready to be carried out.'
            tool: {type: string, examples: [Bash]}
            input: {type: object, description: What the tool is to be given.}
            questions: {type: array, items: {type: object}, description: Of a question.}
            suggestions: {type: array, items: {type: object}, description: What the CLI proposes to allow for good; `remember` takes them for the session.}
            title: {type: string}
            description: {type: string}
            decision_reason: {type: string, description: Why the CLI asks.}
            agent_id: {type: string, description: The sub-agent that asks.}
            created_at: {$ref: '#/components/schemas/Time'}
            expires_at: {$ref: '#/components/schemas/Time', description: When it gets its default; absent for never.}
            default: {$ref: '#/components/schemas/Decision'}
            state:
              type: string
              enum: [pending, answered, withdrawn, expired]
              description: '`withdrawn`: the agent no longer needs it. `expired`: nobody answered in time, so it was denied.'
            decision: {$ref: '#/components/schemas/Decision'}
            by: {type: string, description: Who answered.}
            answered_at: {$ref: '#/components/schemas/Time'}
            message: {type: string, description: What the agent was told with a refusal.}
            updated_input: {type: object, description: What runs in place of `input`.}
            remember: {const: session}
        Decision: {type: string, enum: [allow, deny, deny_and_stop]}
        ApprovalList:
          type: object
          required: [approvals]
          properties:
            approvals: {type: array, items: {$ref: '#/components/schemas/Approval'}}
        AnswerApproval:
          oneOf:
            - {$ref: '#/components/schemas/Allow'}
            - {$ref: '#/components/schemas/Deny'}
        Allow:
          type: object
          x-fields-may-be-null: true
          additionalProperties: false
          required: [decision]
          properties:
            decision: {const: allow}
            updated_input: {type: object, description: What runs in place of the tool's input.}
            answers:
              type: object
              description: 'For a question: the text of each question, and the answer or answers to it.'
            remember: {type: string, enum: [session], description: Take the CLI's suggestions for the rest of the session.}
            message: {type: string, maxLength: 65536, pattern: '^[^\u0000]*$'}
        Deny:
          type: object
          x-fields-may-be-null: true
          additionalProperties: false
          required: [decision]
          properties:
            decision: {type: string, enum: [deny, deny_and_stop]}
            message: {type: string, maxLength: 65536, pattern: '^[^\u0000]*$', description: What the agent is told.}
            updated_input: {type: 'null'}
            answers: {type: 'null'}
            remember: {type: 'null'}
        """#
}
