import ArgumentParser
import NIOCore
import Transport

/// `troupe openapi`: prints the documents of the API.
struct OpenAPICommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openapi",
        abstract: "Print the API as OpenAPI 3.1, or its streams as AsyncAPI 3."
    )

    @Flag(help: "The streams, as AsyncAPI 3.")
    var streams = false

    @Flag(help: "On one line, as the server serves it.")
    var compact = false

    func run() throws {
        let document =
            try self.streams
            ? APIDocuments.asyncAPI(version: Troupe.version, isIndented: !self.compact)
            : APIDocuments.openAPI(version: Troupe.version, isIndented: !self.compact)
        print(String(buffer: document))
    }
}
