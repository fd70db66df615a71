import Agent
import NIOCore
import Testing

@testable import Actors

/// One answer wins, whoever is late learns of it, and nothing waits for ever.
@Suite struct ApprovalBookTests {
    static func approval(
        _ id: String,
        tool: String = "Bash",
        input: String = #"{"command":"ls"}"#,
        expiresAt: String? = nil
    ) -> Approval {
        let line =
            #"{"type":"control_request","request_id":"r","request":{"subtype":"can_use_tool","#
            + #""tool_name":"\#(tool)","input":\#(input),"permission_suggestions":[{"type":"addRules","rules":"#
            + #"[{"toolName":"Bash","ruleContent":"ls *"}],"behavior":"allow","destination":"localSettings"}]}}"#
        guard let ask = try? ControlRequest(ByteBuffer(string: line)).toolUse else {
            preconditionFailure("a bad test line")
        }
        return Approval(ask, id: id, session: "s", turn: "t", createdAt: "2026", expiresAt: expiresAt)
    }

    private static let allow = ApprovalAnswer(.allow, by: "ann")

    @Test func `the first answer wins, the second learns who gave it`() throws {
        var book = ApprovalBook()
        #expect(book.ask(Self.approval("a"), requestID: "r", deadline: nil) == .announce(Self.approval("a")))
        let (approval, request) = try book.answer("a", Self.allow, at: "now")
        #expect(request == "r")
        #expect(approval.state == .answered && approval.decision == .allow && approval.by == "ann")
        let error = #expect(throws: SessionError.self) {
            try book.answer("a", ApprovalAnswer(.deny, by: "bob"), at: "later")
        }
        #expect(error?.code == .approvalAnswered)
        #expect(error?.detail == "Already answered: allow by ann at now.")
        #expect(book.isEmpty)
    }

    @Test func `one that nobody asked is not found`() {
        var book = ApprovalBook()
        let error = #expect(throws: SessionError.self) { try book.answer("x", Self.allow, at: "") }
        #expect(error?.code == .approvalNotFound)
    }

    @Test func `a withdrawn one is gone`() {
        var book = ApprovalBook()
        _ = book.ask(Self.approval("a"), requestID: "r", deadline: nil)
        #expect(book.withdraw(requestID: "other", at: "") == nil)
        #expect(book.withdraw(requestID: "r", at: "now")?.state == .withdrawn)
        let error = #expect(throws: SessionError.self) { try book.answer("a", Self.allow, at: "") }
        #expect(error?.code == .approvalGone)
    }

    @Test func `an unanswered one is denied at its deadline, and the others wait on`() {
        var book = ApprovalBook()
        let now = ContinuousClock.now
        _ = book.ask(Self.approval("a"), requestID: "ra", deadline: now + .seconds(1))
        _ = book.ask(Self.approval("b"), requestID: "rb", deadline: now + .seconds(2))
        #expect(book.nextDeadline == now + .seconds(1))
        #expect(book.expire(now: now, at: "").isEmpty)
        let expired = book.expire(now: now + .seconds(1), at: "now")
        #expect(expired.map(\.approval.id) == ["a"])
        #expect(expired.first?.approval.decision == .deny)
        #expect(expired.first?.approval.by == "deadline")
        #expect(book.pending.map(\.id) == ["b"])
        let error = #expect(throws: SessionError.self) { try book.answer("a", Self.allow, at: "") }
        #expect(error?.code == .approvalGone)
    }

    @Test func `a question that outlives its process keeps its id when it is asked again`() throws {
        var book = ApprovalBook()
        _ = book.ask(Self.approval("a"), requestID: "r1", deadline: nil)
        book.outliveProcess()
        #expect(book.withdrawAll(at: "").isEmpty)
        guard case .announce(let again) = book.ask(Self.approval("b"), requestID: "r2", deadline: nil) else {
            Issue.record("not asked again")
            return
        }
        #expect(again.id == "a")
        #expect(try book.answer("a", Self.allow, at: "").requestID == "r2")
    }

    @Test func `an answer that came while there was no process is there when the question is`() throws {
        var book = ApprovalBook()
        _ = book.ask(Self.approval("a"), requestID: "r1", deadline: nil)
        book.outliveProcess()
        #expect(try book.answer("a", Self.allow, at: "").requestID == nil)
        guard case .answered(let answered) = book.ask(Self.approval("b"), requestID: "r2", deadline: nil) else {
            Issue.record("asked twice")
            return
        }
        #expect(answered.id == "a" && answered.decision == .allow)
        // Once: the next is a question of its own.
        #expect(book.ask(Self.approval("c"), requestID: "r3", deadline: nil) == .announce(Self.approval("c")))
    }

    @Test func `an approval is the same after the store`() throws {
        var book = ApprovalBook()
        _ = book.ask(Self.approval("a"), requestID: "r", deadline: nil)
        var answer = ApprovalAnswer(.allow, by: "ann")
        answer.updatedInput = ByteBuffer(string: #"{"command":"ls -l"}"#)
        answer.isRemembered = true
        let approval = try book.answer("a", answer, at: "now").approval
        #expect(Approval(json: approval.json) == approval)
    }

    @Test func `what is remembered is remembered for the session, whatever the CLI proposed`() throws {
        var book = ApprovalBook()
        _ = book.ask(Self.approval("a"), requestID: "r", deadline: nil)
        var answer = ApprovalAnswer(.allow, by: "ann")
        answer.isRemembered = true
        let reply = String(buffer: try book.answer("a", answer, at: "now").approval.reply(to: "r"))
        #expect(reply.contains(#""destination":"session""#))
        #expect(!reply.contains("localSettings"))
    }

    @Test func `a question is answered with its questions' own texts`() throws {
        let input = #"{"questions":[{"question":"Which colour?","options":[]},{"question":"Which toppings?"}]}"#
        var book = ApprovalBook()
        _ = book.ask(Self.approval("a", tool: "AskUserQuestion", input: input), requestID: "r", deadline: nil)
        var answer = ApprovalAnswer(.allow, by: "ann")
        #expect(throws: SessionError.self) { try book.answer("a", answer, at: "") }
        answer.answers = ByteBuffer(string: #"{"What?":"Blue"}"#)
        #expect(throws: SessionError.self) { try book.answer("a", answer, at: "") }
        answer.answers = ByteBuffer(string: #"{"Which colour?":"Blue","Which toppings?":["Nuts","Jam"]}"#)
        let approval = try book.answer("a", answer, at: "").approval
        let answered = try #require(approval.updatedInput.flatMap { JSONObject($0)?.object("answers") })
        #expect(answered.string("Which colour?") == "Blue")
        #expect(answered.string("Which toppings?") == "Nuts, Jam")
        #expect(approval.kind == .question)
    }
}
