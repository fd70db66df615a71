package import NIOCore

/// Checks the options of a template as `POST /v1/sessions` checks its own fields, so that a broken one is found when it is
/// read and not when it is used.
package enum TemplateOptions {
    /// Fields that say which session it is to be, and are none of a template.
    private static let refused = ["id", "name", "resume", "fork", "message", "template"]

    /// What is wrong with some options; empty for those that will do.
    ///
    /// - Parameter options: a JSON object of request fields.
    /// - Returns: a sentence for each field.
    package static func flaws(in options: ByteBuffer) -> [String] {
        do throws(Problem) {
            var fields = try RequestFields(options)
            for field in Self.refused where fields.names.contains(field) { throw Self.refusal(of: field) }
            _ = try CreateRequest(&fields)
            return []
        } catch {
            return error.errors.isEmpty
                ? [error.detail] : error.errors.map { "\($0.pointer.dropFirst()) \($0.message)" }
        }
    }

    private static func refusal(of field: String) -> Problem {
        let error = Problem.FieldError(pointer: "/\(field)", message: "is not a field of a template")
        return Problem(.invalidRequest, "The template has fields that are wrong.", errors: [error])
    }
}
