extension OpenAPISource {
    static let jobs = #"""
        /v1/sessions/{id}/jobs:
          parameters: [{$ref: '#/components/parameters/SessionID'}]
          post:
            operationId: createJob
            tags: [Jobs]
            scope: send
            summary: Hand in a job
            description: |
              A job is a message that you come back for. It waits in the session's own queue, so one at a time, and its
              work is an ordinary turn. It survives a restart: what waited goes on, and what was with an agent that died
              has failed and is never sent again.

              With `webhook_url` its end is sent there, signed with `webhook_secret`; where you bring none, one is made
              and is in this answer only.
            parameters: [{$ref: '#/components/parameters/IdempotencyKey'}]
            requestBody:
              required: true
              content:
                application/json:
                  schema: {$ref: '#/components/schemas/CreateJob'}
                  examples:
                    text: {value: {content: Summarise CHANGELOG.md}}
                    hook: {summary: With a call at its end, value: {content: Summarise CHANGELOG.md, webhook_url: 'https://ci.example/troupe'}}
            responses:
              '202':
                description: It was taken.
                headers:
                  Location: {description: The job's path., required: true, schema: {type: string}}
                content: {application/json: {schema: {$ref: '#/components/schemas/TakenJob'}}}
                links:
                  look: {operationId: getJob, parameters: {job: '$response.body#/id'}}
                  cancel: {operationId: cancelJob, parameters: {job: '$response.body#/id'}}
            errors:
              - session_ended
              - session_failed
              - queue_full
              - key_budget_reached
              - budget_reached
              - idempotency_conflict
              - agent_stalled
              - draining
              - job_not_found
              - webhook_target_refused
              - storage_unavailable
          get:
            operationId: listSessionJobs
            tags: [Jobs]
            scope: read
            summary: List a session's jobs
            description: Newest first, without what was asked and with the first 4 KiB of their results.
            parameters:
              - {$ref: '#/components/parameters/JobState'}
              - {$ref: '#/components/parameters/Limit'}
            answers:
              '200': [JobList, The jobs.]
        /v1/sessions/{id}/jobs/{job}:
          parameters: [{$ref: '#/components/parameters/SessionID'}, {$ref: '#/components/parameters/JobID'}]
          get:
            operationId: getSessionJob
            tags: [Jobs]
            scope: read
            summary: Look at a job of a session
            answers:
              '200': [Job, The job.]
            errors: [job_not_found]
        /v1/sessions/{id}/jobs/{job}/cancel:
          parameters: [{$ref: '#/components/parameters/SessionID'}, {$ref: '#/components/parameters/JobID'}]
          post:
            operationId: cancelSessionJob
            tags: [Jobs]
            scope: send
            summary: Cancel a job of a session
            description: As `cancelJob`.
            requestBody:
              content: {application/json: {schema: {$ref: '#/components/schemas/NoFields'}}}
            answers:
              '200': [Job, The job as it ended.]
            errors: [job_not_found, job_done, agent_stalled]
        /v1/jobs:
          get:
            operationId: listJobs
            tags: [Jobs]
            scope: read
            summary: List jobs
            description: Of all sessions that the key may see, as `listSessionJobs`.
            parameters:
              - {$ref: '#/components/parameters/JobState'}
              - {$ref: '#/components/parameters/Limit'}
            answers:
              '200': [JobList, The jobs.]
        /v1/jobs/{job}:
          parameters: [{$ref: '#/components/parameters/JobID'}]
          get:
            operationId: getJob
            tags: [Jobs]
            scope: read
            summary: Look at a job
            answers:
              '200': [Job, The job.]
            errors: [job_not_found]
        /v1/jobs/{job}/cancel:
          parameters: [{$ref: '#/components/parameters/JobID'}]
          post:
            operationId: cancelJob
            tags: [Jobs]
            scope: send
            summary: Cancel a job
            description: >-
              Takes it back if it waits, stops its turn if it runs; what waits behind it goes on. The job may have been
              faster: see its state.
            requestBody:
              content: {application/json: {schema: {$ref: '#/components/schemas/NoFields'}}}
            answers:
              '200': [Job, The job as it ended.]
            errors: [job_not_found, job_done, session_not_found, agent_stalled]
        /v1/jobs/{job}/deliveries:
          parameters: [{$ref: '#/components/parameters/JobID'}]
          get:
            operationId: listJobDeliveries
            tags: [Jobs]
            scope: read
            summary: List the calls to a job's webhook
            parameters:
              - {$ref: '#/components/parameters/DeliveryState'}
              - {$ref: '#/components/parameters/Limit'}
            answers:
              '200': [DeliveryList, The calls.]
            errors: [job_not_found]
        /v1/jobs/{job}/deliveries/{delivery}/replay:
          parameters: [{$ref: '#/components/parameters/JobID'}, {$ref: '#/components/parameters/DeliveryID'}]
          post:
            operationId: replayJobDelivery
            tags: [Jobs]
            scope: send
            summary: Call a job's webhook again
            requestBody:
              content: {application/json: {schema: {$ref: '#/components/schemas/NoFields'}}}
            answers:
              '202': [Delivery, It is to be sent.]
            errors: [job_not_found, delivery_not_found, delivery_pending]
        """#

    static let jobSchemas = #"""
        JobState: {type: string, enum: [queued, running, succeeded, failed, cancelled]}
        Job:
          type: object
          required: [id, session, message_id, state, created_at]
          properties:
            id: {type: string}
            session: {type: string}
            owner: {type: string, description: The id of the key its session belongs to.}
            message_id: {type: string, description: The message it is.}
            state: {$ref: '#/components/schemas/JobState'}
            turn: {type: string, description: The turn that works on it.}
            content: {$ref: '#/components/schemas/Content', description: 'What was asked; absent in lists, and over 64 KiB.'}
            result: {type: string, description: 'What the turn said in the end, or what went wrong.'}
            result_truncated: {const: true, description: 'The result is longer; the whole is in the data of `turn.ended`.'}
            error:
              type: object
              description: Why it failed or was cancelled.
              required: [code, detail]
              properties:
                code: {type: string, enum: [turn_failed, budget_reached, agent_lost, stalled, interrupted, taken_back, handed_back, session_ended]}
                detail: {type: string}
            usage: {$ref: '#/components/schemas/Tokens'}
            cost_usd: {type: number}
            duration_ms: {type: integer}
            webhook_url: {type: string}
            created_at: {$ref: '#/components/schemas/Time'}
            started_at: {$ref: '#/components/schemas/Time'}
            ended_at: {$ref: '#/components/schemas/Time'}
        JobList:
          type: object
          required: [jobs]
          properties:
            jobs: {type: array, items: {$ref: '#/components/schemas/Job'}}
        TakenJob:
          allOf:
            - {$ref: '#/components/schemas/Job'}
            - type: object
              required: [position, cursor, events_url]
              properties:
                position: {type: integer, minimum: 0, description: 'Its place in the queue; 0 for one that does not wait.'}
                cursor: {type: string, description: The session's newest event before it.}
                events_url: {type: string}
                webhook_secret: {type: string, description: 'What the call is signed with; only here, and only when it was made.'}
        CreateJob:
          type: object
          x-fields-may-be-null: true
          additionalProperties: false
          required: [content]
          properties:
            content: {$ref: '#/components/schemas/Content'}
            webhook_url: {$ref: '#/components/schemas/WebhookURL'}
            webhook_secret: {$ref: '#/components/schemas/WebhookSecret'}
        """#
}
