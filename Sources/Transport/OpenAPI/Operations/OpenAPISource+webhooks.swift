extension OpenAPISource {
    static let webhooks = #"""
        /v1/webhooks:
          post:
            operationId: createWebhook
            tags: [Webhooks]
            scope: send
            summary: Make a webhook
            description: |
              Every event of the wanted types, of the sessions that the key may see, is sent to `url` as one POST: the
              envelope as in the streams, with `X-Troupe-Event`, `X-Troupe-Delivery` (the same for every try) and
              `X-Troupe-Signature: t=SECONDS,v1=HEX`, where `HEX` is the HMAC-SHA256 of `SECONDS.BODY` under the secret.

              What is not answered with 2xx within 15 seconds is tried again four times within an hour. Redirects are not
              followed. Private addresses are refused unless the operator allows them.
            parameters: [{$ref: '#/components/parameters/IdempotencyKey'}]
            requestBody:
              required: true
              content:
                application/json:
                  schema: {$ref: '#/components/schemas/CreateWebhook'}
                  examples:
                    ends: {value: {url: 'https://ci.example/troupe', events: [job.ended, turn.ended]}}
            responses:
              '201':
                description: 'The webhook, with its secret, which only this answer shows, also when it is asked for again under its `Idempotency-Key`.'
                headers:
                  Location: {description: The webhook's path., required: true, schema: {type: string}}
                content: {application/json: {schema: {$ref: '#/components/schemas/Webhook'}}}
                links:
                  look: {operationId: getWebhook, parameters: {webhook: '$response.body#/id'}}
                  deliveries: {operationId: listDeliveries, parameters: {webhook: '$response.body#/id'}}
                  delete: {operationId: deleteWebhook, parameters: {webhook: '$response.body#/id'}}
            errors: [webhook_target_refused, webhook_limit, idempotency_conflict, session_not_found, ambiguous_session, storage_unavailable]
          get:
            operationId: listWebhooks
            tags: [Webhooks]
            scope: read
            summary: List webhooks
            description: Those of this key, newest first, without their secrets.
            answers:
              '200': [WebhookList, The webhooks.]
        /v1/webhooks/{webhook}:
          parameters: [{$ref: '#/components/parameters/WebhookID'}]
          get:
            operationId: getWebhook
            tags: [Webhooks]
            scope: read
            summary: Look at a webhook
            answers:
              '200': [Webhook, The webhook.]
            errors: [webhook_not_found]
          delete:
            operationId: deleteWebhook
            tags: [Webhooks]
            scope: send
            summary: Delete a webhook
            description: What was still to be sent to it is dropped.
            responses:
              '204': {description: It is gone.}
            errors: [webhook_not_found]
        /v1/webhooks/{webhook}/deliveries:
          parameters: [{$ref: '#/components/parameters/WebhookID'}]
          get:
            operationId: listDeliveries
            tags: [Webhooks]
            scope: read
            summary: List what was sent
            description: What was and is to be sent to a webhook, newest first, with every try.
            parameters:
              - {$ref: '#/components/parameters/DeliveryState'}
              - {$ref: '#/components/parameters/Limit'}
            answers:
              '200': [DeliveryList, The deliveries.]
            errors: [webhook_not_found]
        /v1/webhooks/{webhook}/deliveries/{delivery}:
          parameters: [{$ref: '#/components/parameters/WebhookID'}, {$ref: '#/components/parameters/DeliveryID'}]
          get:
            operationId: getDelivery
            tags: [Webhooks]
            scope: read
            summary: Look at a delivery
            answers:
              '200': [Delivery, 'The delivery, with what is sent.']
            errors: [webhook_not_found, delivery_not_found]
        /v1/webhooks/{webhook}/deliveries/{delivery}/replay:
          parameters: [{$ref: '#/components/parameters/WebhookID'}, {$ref: '#/components/parameters/DeliveryID'}]
          post:
            operationId: replayDelivery
            tags: [Webhooks]
            scope: send
            summary: Send a delivery again
            description: One that is done, under its old id, from the first try.
            requestBody:
              content: {application/json: {schema: {$ref: '#/components/schemas/NoFields'}}}
            answers:
              '202': [Delivery, It is to be sent.]
            errors: [webhook_not_found, delivery_not_found, delivery_pending]
        """#

    static let webhookSchemas = #"""
        WebhookURL:
          type: string
          minLength: 8
          maxLength: 2048
          pattern: '^[Hh][Tt][Tt][Pp][Ss]?://([A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63}){0,8}\.?|\[(([0-9A-Fa-f]{1,4}:){7}|([0-9A-Fa-f]{1,4}:){1,6}:|::)[0-9A-Fa-f]{1,4}\])(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}))?([/?][!$-;=?-\[\]_a-z~]*)?$'
          description: '`http` or `https`, without credentials or fragment.'
        WebhookSecret: {type: string, minLength: 16, maxLength: 256, pattern: '^[!-~]{16,256}$'}
        Webhook:
          type: object
          required: [id, url, events, created_at, dropped]
          properties:
            id: {type: string}
            url: {type: string}
            events: {type: array, items: {type: string}}
            session: {type: string}
            created_at: {$ref: '#/components/schemas/Time'}
            dropped: {type: integer, minimum: 0, description: 'Events lost since the server started, as too many waited.'}
            secret: {type: string, description: 'What the calls are signed with; only in the answer that made it.'}
        WebhookList:
          type: object
          required: [webhooks]
          properties:
            webhooks: {type: array, items: {$ref: '#/components/schemas/Webhook'}}
        CreateWebhook:
          type: object
          additionalProperties: false
          required: [url, events]
          properties:
            url: {$ref: '#/components/schemas/WebhookURL'}
            events:
              type: array
              minItems: 1
              maxItems: 64
              items: {type: string, maxLength: 64, pattern: '^(\*|[a-z._]{1,64})$'}
              description: 'Types or beginnings of types: `turn.ended`, `approval.`, `job.`; `*` for all.'
            session: {type: [string, 'null'], minLength: 1, maxLength: 129, description: Only events of this session.}
            secret: {anyOf: [{$ref: '#/components/schemas/WebhookSecret'}, {type: 'null'}]}
        Delivery:
          type: object
          required: [id, url, type, session, state, attempts, created_at]
          properties:
            id: {type: string}
            url: {type: string}
            type: {type: string, description: The event's type.}
            session: {type: string}
            state: {type: string, enum: [pending, delivered, dead]}
            attempts: {type: array, items: {$ref: '#/components/schemas/DeliveryAttempt'}, description: 'The last 20, oldest first.'}
            next_attempt_at: {$ref: '#/components/schemas/Time'}
            created_at: {$ref: '#/components/schemas/Time'}
            body: {type: string, description: What is sent.}
        DeliveryAttempt:
          type: object
          required: [at, took_ms]
          properties:
            at: {$ref: '#/components/schemas/Time'}
            status: {type: integer, description: 'The HTTP status, when there was an answer.'}
            error: {type: string, enum: [target_refused, key_gone, name_not_resolved, connection_failed, tls_failed, timed_out, bad_status, bad_response]}
            took_ms: {type: integer, minimum: 0}
        DeliveryList:
          type: object
          required: [deliveries, total]
          properties:
            deliveries: {type: array, items: {$ref: '#/components/schemas/Delivery'}}
            total: {type: integer, minimum: 0}
        """#
}
