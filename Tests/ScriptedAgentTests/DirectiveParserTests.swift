import Testing

@testable import ScriptedAgent

@Suite struct DirectiveParserTests {
    @Test func `lines become steps, and other lines are passed over`() {
        let prompt = "please do this:\nsay hi there\n  echo 5 20\r\ntool:Bash {\"command\":\"ls\"}\nthank you"
        let call = Directive.ToolRequest(name: "Bash", input: ["command": "ls"])
        #expect(
            DirectiveParser.directives(in: prompt) == [
                .say("hi there"), .echo(count: 5, rate: 20), .tools([call], introduction: nil),
            ]
        )
    }

    @Test(arguments: [
        "hello", "think about it", "text me later", "memory is a strange thing", "echo of the past", "usage of commas",
        "hang on", "crash course", "tool:Bash {not json", "background noise", "big deal", "say",
        "cost of living", "plan a trip", "rate-limit maybe", "background-agent soon", "silent-tool box",
    ])
    func `ordinary words are no directive`(prompt: String) {
        #expect(DirectiveParser.directives(in: prompt).isEmpty)
    }

    @Test func `a question can be words, a list or the whole input`() {
        let inputs = [
            "ask Go on?", "ask [{\"question\":\"Go on?\"}]", "ask {\"questions\":[{\"question\":\"Go on?\"}]}",
        ]
        for input in inputs {
            guard case .tools(let calls, _)? = DirectiveParser.directives(in: input).first else {
                Issue.record("no call for \(input)")
                continue
            }
            #expect(calls.first?.name == "AskUserQuestion")
            #expect(calls.first?.input["questions"]?.elements.first?["question"] == "Go on?")
        }
    }
}
