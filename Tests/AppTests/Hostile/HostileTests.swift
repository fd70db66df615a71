import Testing

/// Clients that mean harm, against the built program: each is refused clearly, others are served meanwhile, and what the
/// server holds is afterwards what it was (docs/limits.md).
///
/// Every test prints what it saw.
@Suite(.timeLimit(.minutes(15)))
enum HostileTests {}
