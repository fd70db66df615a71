import Actors
import Agent
import NIOCore
import Transport

/// Makes a template of a YAML text: `description`, and the fields of `POST /v1/sessions`.
enum TemplateFile {
    /// Why a text makes no template; one sentence for the operator.
    struct Flaw: Error, CustomStringConvertible {
        let description: String
    }

    private static let maximumDescriptionBytes = 1024
    /// `POST /v1/templates/reload` hides a template of that name from its own path.
    private static let taken = "reload"

    /// - Throws: `Flaw` with everything that is wrong with its fields, or `YAMLObject.Flaw`.
    static func template(_ text: String, name: String, isBuiltIn: Bool) throws -> Template {
        guard Template.isName(name) else {
            throw Flaw(description: "a template's name is made of a-z, 0-9, _ and -, at most 64 of them")
        }
        guard name != Self.taken else {
            throw Flaw(description: "a template cannot be called \(name): /v1/templates/\(name) is something else")
        }
        var description = ""
        var options = ByteBuffer(string: "{")
        for (key, value) in try YAMLObject(text).members {
            if key == "description" {
                guard let text = JSONText.string(value), text.utf8.count <= Self.maximumDescriptionBytes else {
                    throw Flaw(
                        description: "description must be a text of at most \(Self.maximumDescriptionBytes) bytes"
                    )
                }
                description = text
                continue
            }
            if options.readableBytes > 1 { options.writeString(",") }
            JSONText.append(key, to: &options)
            options.writeString(":")
            options.writeImmutableBuffer(value)
        }
        options.writeString("}")
        let flaws = TemplateOptions.flaws(in: options)
        guard flaws.isEmpty else { throw Flaw(description: flaws.joined(separator: "; ")) }
        return Template(name: name, description: description, options: options, isBuiltIn: isBuiltIn)
    }
}
