/// A request ended before it was whole: the client left, was too slow, or said what is no HTTP.
///
/// Raised in the pipeline, so that a body that was cut is never taken for a short one.
struct RequestCut: Error {}
