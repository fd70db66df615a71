extension OpenAPISource {
    static let audit = #"""
        /v1/audit:
          get:
            operationId: listAudit
            tags: [Usage]
            scope: read
            summary: List who did what
            description: >-
              Newest first. A key sees its own acts and those on its own sessions, the scope `admin` all. No text that a
              person wrote is in it.
            parameters:
              - {name: session, in: query, description: 'Only on this session; `owner~id` for one of another key.', schema: {type: string}}
              - {name: actor, in: query, description: Only by the key of this name., schema: {type: string}}
              - {name: action, in: query, description: 'Only these acts, as `sendMessage`.', schema: {type: string}}
              - {name: from, in: query, description: Not before this day or time., schema: {$ref: '#/components/schemas/DayOrTime'}}
              - {name: to, in: query, description: Not after this day or time., schema: {$ref: '#/components/schemas/DayOrTime'}}
              - {$ref: '#/components/parameters/Limit'}
              - {name: cursor, in: query, description: The `next_cursor` of the page before., schema: {type: string, pattern: '^[1-9][0-9]{0,17}$'}}
            answers:
              '200': [AuditList, The acts.]
            errors: [invalid_cursor, storage_unavailable]
        """#

    static let auditSchemas = #"""
        AuditList:
          type: object
          required: [entries, next_cursor]
          properties:
            entries: {type: array, items: {$ref: '#/components/schemas/AuditEntry'}}
            next_cursor: {type: [string, 'null'], description: 'For the next page; `null` on the last.'}
        AuditEntry:
          type: object
          description: Each holds a digest over itself and the digest before, so that one that is changed or taken out can be told.
          required: [number, at, action, outcome, actor, origin, details, digest]
          properties:
            number: {type: integer, minimum: 1}
            at: {$ref: '#/components/schemas/Time'}
            action: {type: string, description: An operation's id.}
            outcome: {type: string, description: '`done`, or the code of the refusal.'}
            actor: {type: string, description: 'The key''s name, `anonymous`, or `system`.'}
            key: {type: string, description: The key's id.}
            session: {type: string}
            owner: {type: string, description: Whose session it is.}
            target: {type: string, description: 'A message, an approval, a key.'}
            origin: {type: string, description: '`http`, `websocket` or `server`.'}
            request_id: {type: string}
            details: {type: object}
            digest: {type: string, pattern: '^[0-9a-f]{64}$'}
        DayOrTime:
          description: 'A day (UTC) or a time.'
          anyOf:
            - {type: string, format: date}
            - {type: string, format: date-time}
        """#
}
