import Foundation
import Testing

@testable import StubMessagesAPI

@Suite
struct ConversationTests {
    private func conversation(_ json: String) throws -> Conversation {
        let data = Data(#"{"messages":\#(json)}"#.utf8)
        return Conversation(try JSONDecoder().decode(MessagesRequest.self, from: data).messages)
    }

    @Test func `replies since the prompt are its steps`() throws {
        let conversation = try self.conversation(
            #"""
            [{"role":"user","content":[{"type":"text","text":"<system-reminder>x"},{"type":"text","text":"tool:A\nsay b"}]},
             {"role":"assistant","content":[{"type":"tool_use","id":"t","name":"A","input":{}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"say no"},
                                       {"type":"text","text":"look here"}]}]
            """#
        )
        #expect(conversation.prompt == "tool:A\nsay b")
        #expect(conversation.step == 1)
    }

    @Test func `the environment that the CLI tells of is no prompt`() throws {
        let conversation = try self.conversation(
            #"[{"role":"user","content":"hello"},{"role":"system","content":[{"type":"text","text":"Environment"}]}]"#
        )
        #expect(conversation.prompt == "hello")
        #expect(conversation.earlierPrompts.isEmpty)
    }

    @Test func `a plain text after directives is a prompt of its own`() throws {
        let conversation = try self.conversation(
            #"[{"role":"user","content":"say a"},{"role":"assistant","content":"a"},{"role":"user","content":"hello"}]"#
        )
        #expect(conversation.prompt == "hello")
        #expect(conversation.step == 0)
        #expect(conversation.earlierPrompts == ["say a"])
    }

    @Test func `what the CLI says itself is no prompt`() throws {
        let conversation = try self.conversation(
            #"""
            [{"role":"user","content":"say a\nsay b"},{"role":"assistant","content":"a"},
             {"role":"user","content":"[Request interrupted by user]"}]
            """#
        )
        #expect(conversation.prompt == "say a\nsay b")
        #expect(conversation.step == 1)
        #expect(conversation.earlierPrompts.isEmpty)
    }

    @Test(arguments: ["say", "say x", "tool:Bash {}", "tools: []", "echo 3", "error:500"])
    func `these lines are directives`(line: String) {
        #expect(Directive.isAnywhere(in: "words\n" + line))
    }

    @Test(arguments: ["saying", "error:", "tool: Bash", "a say x", ""])
    func `these lines are none`(line: String) {
        #expect(!Directive.isAnywhere(in: line))
    }
}
