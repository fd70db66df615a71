import TestSupport
import Testing

@testable import Actors

/// `RelativePath`.
@Suite struct RelativePathTests {
    @Test(arguments: HostilePaths.refused)
    func `a path that leads out, is not plain or is too long is refused`(text: String) {
        #expect(refusal { try RelativePath(text) } == .pathRefused, "\(text.prefix(40))")
    }

    @Test(arguments: HostilePaths.names)
    func `any other name is one`(text: String) throws {
        #expect(try RelativePath(text).description == text)
    }

    @Test(arguments: ["", ".", "./"]) func `the workspace itself has no name`(text: String) throws {
        if text == "./" {
            #expect(try RelativePath(text).isRoot)
        } else {
            #expect(try RelativePath(text).isRoot)
        }
    }

    @Test func `a slash at the end is left out`() throws {
        #expect(try RelativePath("a/b/").names == ["a", "b"])
    }

    @Test(arguments: ["a/b", "..", "", ".", "a\0"]) func `a URL's segment is one name`(name: String) {
        #expect(refusal { try RelativePath(names: [name]) } == .pathRefused)
    }
}
