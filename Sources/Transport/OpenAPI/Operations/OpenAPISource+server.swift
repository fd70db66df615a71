extension OpenAPISource {
    static let usage = #"""
        /v1/usage:
          get:
            operationId: getUsage
            tags: [Usage]
            scope: read
            summary: Sum up what was used
            parameters:
              - {name: by, in: query, description: What a row stands for., schema: {type: string, enum: [session, day, model], default: session}}
              - {name: from, in: query, description: 'The first day, UTC.', schema: {$ref: '#/components/schemas/Day'}}
              - {name: to, in: query, description: 'The last day, UTC.', schema: {$ref: '#/components/schemas/Day'}}
              - {name: session, in: query, description: Only of this session., schema: {type: string}}
            answers:
              '200': [UsageReport, 'The sums, by key, and their total.']
            errors: [storage_unavailable]
        """#

    static let models = #"""
        /v1/models:
          get:
            operationId: listModels
            tags: [Server]
            scope: read
            summary: List models
            description: >-
              What the newest process of the caller's account told of when it started, in the CLI's own words: `value` is what
              `model` takes. Empty before the first process has started.
            answers:
              '200': [ModelList, The models.]
        /v1/tokens/count:
          post:
            operationId: countTokens
            tags: [Server]
            scope: read
            summary: Estimate tokens
            description: A rule of thumb that asks nobody; what a turn really used is in `turn.ended`.
            requestBody:
              required: true
              content:
                application/json:
                  schema: {$ref: '#/components/schemas/CountTokens'}
                  examples:
                    some: {value: {text: How many tokens are these?}}
            answers:
              '200': [TokenCount, The estimate.]
        """#

    static let server = #"""
        /v1/server:
          get:
            operationId: getServer
            tags: [Server]
            scope: read
            summary: Ask about the server
            description: Its versions, its limits, and how much of them is in use.
            answers:
              '200': [Server, The server.]
        /health/live:
          get:
            operationId: getLiveness
            tags: [Server]
            scope: open
            summary: Is it alive?
            answers:
              '200': [Liveness, It is.]
        /health/ready:
          get:
            operationId: getReadiness
            tags: [Server]
            scope: open
            summary: Does it take work?
            description: 503 while it drains, and while its store cannot be written.
            answers:
              '200': [Health, It does.]
              '503': [Health, 'It does not, and `status` and `storage` say why.']
        /health:
          get:
            operationId: getHealth
            tags: [Server]
            scope: open
            summary: How is it?
            description: The same as `/health/ready`.
            answers:
              '200': [Health, It takes work.]
              '503': [Health, It does not.]
        /metrics:
          get:
            operationId: getMetrics
            tags: [Server]
            scope: admin
            summary: Figures for Prometheus
            responses:
              '200':
                description: The text format of Prometheus.
                content: {text/plain; version=0.0.4; charset=utf-8: {schema: {type: string}}}
        /openapi.json:
          get:
            operationId: getOpenAPI
            tags: [Server]
            scope: open
            summary: This document
            responses:
              '200':
                description: OpenAPI 3.1.
                content: {application/json: {schema: {type: object}}}
        /asyncapi.json:
          get:
            operationId: getAsyncAPI
            tags: [Server]
            scope: open
            summary: The document of the streams
            responses:
              '200':
                description: AsyncAPI 3.
                content: {application/json: {schema: {type: object}}}
        /docs:
          get:
            operationId: getDocs
            tags: [Server]
            scope: open
            summary: The page of these documents
            responses:
              '200':
                description: A page that needs nothing from elsewhere.
                content: {text/html; charset=utf-8: {schema: {type: string}}}
        /docs/docs.js:
          get:
            operationId: getDocsScript
            tags: [Server]
            scope: open
            summary: The page's script
            responses:
              '200':
                description: JavaScript.
                content: {text/javascript; charset=utf-8: {schema: {type: string}}}
        /docs/docs.css:
          get:
            operationId: getDocsStyle
            tags: [Server]
            scope: open
            summary: The page's style
            responses:
              '200':
                description: CSS.
                content: {text/css; charset=utf-8: {schema: {type: string}}}
        """#
}
