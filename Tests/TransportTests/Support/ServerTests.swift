import Testing

/// The tests that run a whole server each: one after the other, since on few cores they would use up each other's time.
@Suite(.serialized)
struct ServerTests {}
