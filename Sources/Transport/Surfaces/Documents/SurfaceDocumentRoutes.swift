import HTTPTypes
import Hummingbird
import NIOCore

/// Each surface's OpenAPI document and the page that shows it, where the original has them.
///
/// Added after all other routes, whose list they show.
struct SurfaceDocumentRoutes {
    /// Where one system has its documents.
    private struct Place {
        let surface: Surface
        /// What its operations begin with.
        let name: String
        /// The pages, the first of which has the script and the style below it.
        let pages: [String]
        /// Documents by path, with their dialect.
        let documents: [(path: String, dialect: String)]
        /// The last path segment of the page's document, beside the page or below it.
        let document: String
    }

    private static let modern = "3.1.0"
    private static let places = [
        Place(
            surface: .clinvoker,
            name: "clinvk",
            pages: ["docs"],
            documents: [
                ("openapi.json", modern), ("openapi.yaml", modern), ("openapi-3.0.json", "3.0.3"),
                ("openapi-3.0.yaml", "3.0.3"),
            ],
            document: "openapi.json"
        ),
        Place(
            surface: .sdkServer,
            name: "sdk",
            pages: ["docs", "redoc"],
            documents: [("openapi.json", modern)],
            document: "openapi.json"
        ),
        Place(
            surface: .codeAPI,
            name: "cca",
            pages: ["docs", "redoc"],
            documents: [("openapi.json", modern)],
            document: "openapi.json"
        ),
        Place(
            surface: .codingAgents,
            name: "mcpapi",
            pages: ["api-docs"],
            documents: [("api-docs/openapi.json", modern), ("api-docs/openapi.yaml", modern)],
            document: "api-docs/openapi.json"
        ),
    ]

    func add(to endpoints: Endpoints) {
        let documented = endpoints.declared
        for place in Self.places {
            for (number, document) in place.documents.enumerated() {
                // JSON is YAML too (YAML 1.2 §1.3).
                let isYAML = document.path.hasSuffix("yaml")
                endpoints.on(
                    place.surface,
                    .get,
                    document.path,
                    "\(place.name)Document\(number == 0 ? "" : "\(number + 1)")",
                    needs: nil
                ) { _, context in
                    let root = "\(context.client.prefix)/\(place.surface.root)"
                    let base = context.clientPath.hasPrefix("\(root)/") ? root : context.client.prefix
                    let document = SurfaceDocument(place.surface, documented, base: base, dialect: document.dialect)
                    return DocumentRoutes.file(
                        document.root.json(isIndented: isYAML),
                        isYAML ? "application/yaml" : "application/json"
                    )
                }
            }
            let page = DocsPage.html(
                title: place.surface.title,
                files: place.pages[0],
                openAPI: place.document,
                asyncAPI: nil
            )
            for path in place.pages {
                endpoints.on(
                    place.surface,
                    .get,
                    path,
                    "\(place.name)\(path == "redoc" ? "Redoc" : "Docs")",
                    needs: nil
                ) {
                    _,
                    _ in
                    DocumentRoutes.file(ByteBuffer(string: page), "text/html; charset=utf-8")
                }
            }
            endpoints.on(place.surface, .get, "\(place.pages[0])/docs.js", "\(place.name)DocsScript", needs: nil) {
                _,
                _ in
                DocumentRoutes.file(ByteBuffer(string: DocsPage.script), "text/javascript; charset=utf-8")
            }
            endpoints.on(place.surface, .get, "\(place.pages[0])/docs.css", "\(place.name)DocsStyle", needs: nil) {
                _,
                _ in
                DocumentRoutes.file(ByteBuffer(string: DocsPage.style), "text/css; charset=utf-8")
            }
        }
    }
}
