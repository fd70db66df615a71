/// Lines as the CLI prints them, cut to what matters here (PROTOCOL §6).
enum CLILine {
    static func success(_ requestID: String) -> String {
        #"{"type":"control_response","response":{"subtype":"success","request_id":"\#(requestID)","response":{}}}"#
    }

    static func start(session: String = "c-1", model: String = "opus") -> String {
        #"{"type":"system","subtype":"init","session_id":"\#(session)","model":"\#(model)","permissionMode":"plan"}"#
    }

    static func assistant(_ text: String) -> String {
        #"{"type":"assistant","message":{"id":"msg_1","content":[{"type":"text","text":"\#(text)"}]},"#
            + #""parent_tool_use_id":null}"#
    }

    static func delta(_ text: String) -> String {
        StreamLine.make(#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\#(text)"}}"#)
    }

    static var blockStart: String {
        StreamLine.make(#"{"type":"content_block_start","index":0,"content_block":{"type":"text"}}"#)
    }

    static func result(
        answers uuid: String?,
        reason: String = "completed",
        isError: Bool = false,
        more: String = ""
    ) -> String {
        #"{"type":"result","subtype":"success","is_error":\#(isError),"terminal_reason":"\#(reason)","result":"ok","#
            + #""user_message_uuids":[\#(uuid.map { "\"\($0)\"" } ?? "")],"#
            + #""model_usage_since_last_result":{"opus":{"inputTokens":10,"outputTokens":5,"costUSD":0.25}}\#(more)}"#
    }

    static func state(_ state: String) -> String {
        #"{"type":"system","subtype":"session_state_changed","state":"\#(state)"}"#
    }

    static func request(_ id: String, _ request: String) -> String {
        #"{"type":"control_request","request_id":"\#(id)","request":\#(request)}"#
    }
}
