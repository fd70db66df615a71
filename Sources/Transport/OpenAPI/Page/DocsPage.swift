/// The page at `/docs`: a reader of `/openapi.json` and `/asyncapi.json` that needs nothing from elsewhere.
enum DocsPage {
    /// What the page may do: load its own two files, and ask its own server.
    static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// The page itself.
    ///
    /// - Parameters:
    ///   - title: what it shows.
    ///   - files: where its script and its style are, beside it.
    ///   - openAPI: the document that it shows.
    ///   - asyncAPI: that of the streams, if there is one.
    /// - Returns: HTML.
    static func html(
        title: String = "Troupe API",
        files: String = "docs",
        openAPI: String = "openapi.json",
        asyncAPI: String? = "asyncapi.json"
    ) -> String {
        let streams = asyncAPI.map { " data-asyncapi=\"\($0)\"" } ?? ""
        return Self.frame.replacing("TITLE", with: title).replacing("FILES", with: files)
            .replacing("DOCUMENTS", with: "data-openapi=\"\(openAPI)\"\(streams)")
    }

    private static let frame = #"""
        <!doctype html>
        <html lang="en" DOCUMENTS>
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>TITLE</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="FILES/docs.css">
        <script src="FILES/docs.js" defer></script>
        </head>
        <body>
        <header>
        <a class="brand" href="#top">Troupe <small id="version"></small></a>
        <input id="search" type="search" placeholder="Search" aria-label="Search" autocomplete="off" spellcheck="false">
        <button id="menu" type="button" aria-expanded="false" aria-controls="nav">Contents</button>
        <button id="theme" type="button" title="Light or dark" aria-label="Light or dark">◐</button>
        </header>
        <nav id="nav" aria-label="Contents"></nav>
        <main id="main" tabindex="-1"><p id="status">Loading…</p></main>
        <noscript><p>This page is drawn by a script from documents in JSON, which can be read without it.</p></noscript>
        </body>
        </html>

        """#
}
