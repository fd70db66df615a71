extension OpenAPISource {
    static let approvals = #"""
        /v1/approvals:
          get:
            operationId: listApprovals
            tags: [Approvals]
            scope: read
            summary: List approvals
            description: Permission requests, questions and plans of all sessions, oldest first.
            parameters:
              - name: state
                in: query
                description: Only those in this state, or `all`.
                schema: {type: string, enum: [pending, answered, withdrawn, expired, all], default: pending}
              - {name: session, in: query, description: Only those of this session., schema: {type: string}}
              - {$ref: '#/components/parameters/Limit'}
            responses:
              '200':
                description: The approvals.
                content: {application/json: {schema: {$ref: '#/components/schemas/ApprovalList'}}}
                links:
                  look: {operationId: getApproval, parameters: {id: '$response.body#/approvals/0/id'}}
                  answer: {operationId: answerApproval, parameters: {id: '$response.body#/approvals/0/id'}}
        /v1/approvals/{id}:
          parameters:
            - name: id
              in: path
              required: true
              description: The approval's id.
              schema: {type: string, minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]{1,64}$'}
              example: a_5d4b2f7e9c1a4f06
          get:
            operationId: getApproval
            tags: [Approvals]
            scope: read
            summary: Look at an approval
            answers:
              '200': [Approval, The approval.]
            errors: [approval_not_found]
          post:
            operationId: answerApproval
            tags: [Approvals]
            scope: approve
            summary: Answer an approval
            description: |
              The first answer counts; the next has 409 and says whose it was. `allow` may change what runs
              (`updated_input`), answer the questions (`answers`: question → answer) and hold for the rest of the session
              (`remember`). `deny` tells the agent so and lets it go on; `deny_and_stop` ends its turn.
            requestBody:
              required: true
              content:
                application/json:
                  schema: {$ref: '#/components/schemas/AnswerApproval'}
                  examples:
                    allow: {value: {decision: allow}}
                    deny: {value: {decision: deny, message: Not on main please}}
                    answers: {summary: To a question, value: {decision: allow, answers: {'Which colour?': Blue}}}
            answers:
              '200': [Approval, The approval as it is now.]
            errors: [approval_not_found, approval_answered, approval_gone, invalid_answer]
        """#
}
