/// The source of `/openapi.json`, in YAML: one piece for each subject, in `Operations/` and `Schemas/`.
///
/// Operations are written as OpenAPI 3.1 has them, but for what follows from others; `OpenAPIDocument` fills it in:
///
/// * `scope:` is the scope a key needs, or `open`; it becomes `security`, `x-required-scope` and the answers 401 and 403.
/// * `errors:` are the codes of this operation; those every operation can have (a body that is no JSON, a session that is
///   not there, …) are added. They become problem responses, one for each status, with the codes it can have.
/// * `answers:` is short for responses with JSON: the status, and `[schema, what it is]`.
enum OpenAPISource {
    /// The pieces with paths, in the order of the page.
    static let operations = [
        Self.sessions, Self.messages, Self.approvals, Self.processes, Self.files, Self.events, Self.usage, Self.audit,
        Self.jobs, Self.webhooks, Self.templates, Self.access, Self.models,
        Self.server,
    ]

    /// The pieces with schemas.
    static let schemas = [
        Self.sessionSchemas, Self.messageSchemas, Self.approvalSchemas, Self.eventSchemas, Self.auditSchemas,
        Self.jobSchemas, Self.webhookSchemas, Self.templateSchemas, Self.accessSchemas, Self.fileSchemas,
        Self.serverSchemas,
    ]
}
