extension OpenAPISource {
    static let access = #"""
        /v1/keys:
          get:
            operationId: listKeys
            tags: [Access]
            scope: admin
            summary: List the keys
            description: Without their tokens, which nobody can show any more. They are made and revoked with `troupe keys`.
            answers:
              '200': [KeyList, All keys.]
        /v1/keys/self:
          get:
            operationId: getOwnKey
            tags: [Access]
            scope: read
            summary: Look at the caller's own key
            description: What the caller may do, so that a client need not try.
            answers:
              '200': [OwnKey, The key that the request brought.]
        /v1/tickets:
          post:
            operationId: createTicket
            tags: [Access]
            scope: read
            summary: Make a ticket
            description: |
              A ticket may stand in a URL (`?ticket=`), for browsers, which can set no header on a WebSocket or an
              `EventSource`. Without `session` it lasts a minute and may what its maker may. With `session` it is a viewer
              link: that session, to look at, for a day or `ttl_ms`. It ends with the key that made it.
            requestBody:
              content:
                application/json:
                  schema: {$ref: '#/components/schemas/CreateTicket'}
                  examples:
                    connect: {summary: To connect with, value: {}}
                    viewer: {summary: A viewer link for an hour, value: {session: demo, ttl_ms: 3600000}}
            answers:
              '201': [CreatedTicket, The ticket.]
            errors: [session_not_found, ambiguous_session]
        /v1/login:
          post:
            operationId: login
            tags: [Access]
            scope: open
            summary: Keep a key in a cookie
            description: Scripts cannot read it, and pages of other sites cannot use it.
            requestBody:
              required: true
              content:
                application/json:
                  schema: {$ref: '#/components/schemas/Login'}
                  examples:
                    one: {value: {token: trp_k1a2b3c4_…}}
            responses:
              '200':
                description: Whose key it is.
                headers:
                  Set-Cookie: {description: 'The cookie `troupe_token`, `Secure`, `HttpOnly` and `SameSite=Strict`.', required: true, schema: {type: string}}
                content: {application/json: {schema: {$ref: '#/components/schemas/LoggedIn'}}}
            errors: [unauthorized]
        /v1/logout:
          post:
            operationId: logout
            tags: [Access]
            scope: open
            summary: Forget the cookie
            responses:
              '204':
                description: It is forgotten.
                headers:
                  Set-Cookie: {description: The cookie with no life left., required: true, schema: {type: string}}
        """#
}
