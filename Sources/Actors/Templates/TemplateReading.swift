/// What a reading of the templates' source has found.
package struct TemplateReading: Sendable {
    /// A file that makes no template.
    package struct Fault: Sendable, Equatable {
        /// The name it would have had.
        package let name: String
        /// The file, without its directory.
        package let file: String
        /// One sentence for the operator.
        package let message: String

        package init(name: String, file: String, message: String) {
            self.name = name
            self.file = file
            self.message = message
        }
    }

    package var templates: [Template] = []
    package var faults: [Fault] = []
    /// What stands in for a broken one while nothing of its name is in force.
    package var fallbacks: [String: Template] = [:]

    package init() {}
}

/// Where templates come from; who implements it knows files and YAML.
package protocol TemplateSource: Sendable {
    /// Reads everything; blocks for as long as that takes.
    ///
    /// - Throws: when the source as a whole cannot be read.
    func read() throws -> TemplateReading

    /// Changes when the source may have changed; cheap to ask.
    func stamp() -> String
}
