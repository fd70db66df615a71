import HTTPTypes
import Hummingbird
import NIOCore

/// `/openapi.json`, `/asyncapi.json` and the page that shows them, `/docs`.
struct DocumentRoutes {
    /// The program's, which the documents name.
    let version: String
    /// Whether the server has keys.
    let needsKeys: Bool

    func add(to endpoints: Endpoints) {
        endpoints.root(.get, "openapi.json", "getOpenAPI", needs: nil) { _, context in
            let prefix = context.client.prefix
            return try Self.file(
                APIDocuments.openAPI(version: self.version, needsKeys: self.needsKeys, prefix: prefix),
                "application/json"
            )
        }
        endpoints.root(.get, "asyncapi.json", "getAsyncAPI", needs: nil) { _, _ in
            try Self.file(APIDocuments.asyncAPI(version: self.version), "application/json")
        }
        endpoints.root(.get, "docs", "getDocs", needs: nil) { _, _ in
            Self.file(ByteBuffer(string: DocsPage.html()), "text/html; charset=utf-8")
        }
        endpoints.root(.get, "docs/docs.js", "getDocsScript", needs: nil) { _, _ in
            Self.file(ByteBuffer(string: DocsPage.script), "text/javascript; charset=utf-8")
        }
        endpoints.root(.get, "docs/docs.css", "getDocsStyle", needs: nil) { _, _ in
            Self.file(ByteBuffer(string: DocsPage.style), "text/css; charset=utf-8")
        }
    }

    /// A document, or a part of the page.
    static func file(_ content: ByteBuffer, _ type: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: type, .cacheControl: "no-cache", .contentSecurityPolicy: DocsPage.policy],
            body: ResponseBody(byteBuffer: content)
        )
    }
}
