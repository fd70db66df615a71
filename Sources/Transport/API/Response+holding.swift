import Hummingbird

extension Response {
    /// The same, with something that lasts as long as its body does.
    func holding(_ thing: some AnyObject & Sendable) -> Response {
        let body = self.body
        var response = self
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            try await body.write(writer)
            withExtendedLifetime(thing) {}
        }
        return response
    }
}
