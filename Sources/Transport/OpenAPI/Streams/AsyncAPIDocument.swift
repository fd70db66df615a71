import Actors
import NIOCore

/// Puts `/asyncapi.json` together from its source (see `AsyncAPISource`).
///
/// Each event, frame and command becomes a message; each channel and direction an operation.
struct AsyncAPIDocument {
    private static let socketChannels = ["webSocket", "sessionWebSocket"]

    /// The whole document.
    let root: DocumentNode

    /// - Parameter version: the program's.
    /// - Throws: when the source is no YAML.
    init(version: String) throws {
        let events = try DocumentNode(yaml: AsyncAPISource.events).members
        let frames = try DocumentNode(yaml: AsyncAPISource.frames).members
        let commands = try DocumentNode(yaml: AsyncAPISource.commands).members
        var messages = (events + frames).map { Self.event($0.key, $0.value, isFrame: $0.key.hasPrefix("stream.")) }
        messages.append(Self.agentLine)
        let told = messages.map(\.key)
        var schemas = try OpenAPIDocument.schemas() + DocumentNode(yaml: AsyncAPISource.schemas).members
        messages += commands.flatMap { [Self.command($0.key, $0.value, schemas), Self.reply($0.key, $0.value)] }
        messages.append(Self.failure)

        var root = try DocumentNode(yaml: AsyncAPISource.info.replacing("VERSION", with: version))
        let asked = commands.map { "command.\($0.key)" }
        let answered = commands.map { "answer.\($0.key)" } + ["answer.failure"]
        let channels = try DocumentNode(yaml: AsyncAPISource.channels).members
        root["channels"] = .object(
            channels.map { channel in
                let isSocket = Self.socketChannels.contains(channel.key)
                var value = channel.value
                let names = told + (isSocket ? asked + answered : [])
                value["messages"] = .object(
                    names.map { .init(key: $0, value: .reference("components/messages/\($0)")) }
                )
                if isSocket { value["bindings"] = .of(["ws": .of(["method": .string("GET")])]) }
                return .init(key: channel.key, value: value)
            }
        )
        root["operations"] = .object(
            channels.map(\.key).map { Self.send($0, told) }
                + Self.socketChannels.flatMap { channel in
                    commands.map { Self.receive($0.key, on: channel) }
                }
        )
        schemas.append(try Self.closeCode)
        root["components"] = .of(["schemas": .object(schemas), "messages": .object(messages)])
        self.root = root
    }

    // MARK: Messages

    private static func event(_ type: String, _ source: DocumentNode, isFrame: Bool) -> DocumentNode.Member {
        let narrowed = DocumentNode.of([
            "type": .string("object"),
            "properties": .of([
                "type": .of(["const": .string(type)]),
                "durable": .of(["const": .bool(!isFrame && source["preview"] == nil)]),
                "data": source["data"] ?? .object([]),
            ]),
        ])
        let payload = DocumentNode.of([
            "allOf": .array([.reference("components/schemas/Event"), narrowed])
        ])
        let message = DocumentNode.of([
            "name": .string(type), "summary": source["summary"] ?? .string(""), "payload": payload,
        ])
        return .init(key: type, value: message)
    }

    /// Every line of the CLI, of a type we know or do not.
    private static var agentLine: DocumentNode.Member {
        let narrowed = DocumentNode.of([
            "type": .string("object"),
            "properties": .of([
                "type": .of(["type": .string("string"), "pattern": .string("^agent\\.")])
            ]),
        ])
        let message = DocumentNode.of([
            "name": .string("agent.*"),
            "summary": .string(
                "A message of the CLI, byte for byte in `data`: `agent.assistant`, `agent.user`, `agent.result`, "
                    + "`agent.system.init`, the preview `agent.stream_event`, and every other type it may print."
            ),
            "payload": .of(["allOf": .array([.reference("components/schemas/Event"), narrowed])]),
        ])
        return .init(key: "agent", value: message)
    }

    private static func command(
        _ name: String,
        _ source: DocumentNode,
        _ schemas: [DocumentNode.Member]
    ) -> DocumentNode.Member {
        let request = schemas.first { $0.key == source["request"]?.text }?.value
        let payload = DocumentNode.of([
            "type": .string("object"),
            "required": .array([.string("op")] + (request?["required"]?.elements ?? [])),
            "properties": Self.merged([
                [
                    .init(key: "ref", value: .of(["description": .string("Any JSON; the answer has it too.")])),
                    .init(key: "op", value: .of(["const": .string(name)])),
                    .init(key: "session", value: .of(["type": .string("string")])),
                ],
                source["fields"]?.members ?? [], request?["properties"]?.members ?? [],
            ]),
            "additionalProperties": .bool(false),
        ])
        let message = DocumentNode.of([
            "name": .string(name), "summary": source["summary"] ?? .string(""),
            "x-required-scope": source["scope"] ?? .null, "payload": payload,
        ])
        return .init(key: "command.\(name)", value: message)
    }

    /// One object of all members; of two with one name the first stays.
    private static func merged(_ lists: [[DocumentNode.Member]]) -> DocumentNode {
        var merged = DocumentNode.object([DocumentNode.Member]())
        for member in lists.joined() where merged[member.key] == nil { merged[member.key] = member.value }
        return merged
    }

    private static func reply(_ name: String, _ source: DocumentNode) -> DocumentNode.Member {
        let payload = DocumentNode.of([
            "type": .string("object"), "required": .array([.string("ok")]),
            "properties": .object(
                [
                    .init(key: "ref", value: .of(["description": .string("The command's.")])),
                    .init(key: "ok", value: .of(["const": .bool(true)])),
                ] + (source["reply"]?.members ?? [])
            ),
        ])
        let message = DocumentNode.of(["name": .string("\(name) answered"), "payload": payload])
        return .init(key: "answer.\(name)", value: message)
    }

    private static var failure: DocumentNode.Member {
        let message = DocumentNode.of([
            "name": .string("refused"), "payload": .reference("components/schemas/Failure"),
        ])
        return .init(key: "answer.failure", value: message)
    }

    // MARK: Operations

    private static func send(_ channel: String, _ messages: [String]) -> DocumentNode.Member {
        let operation = DocumentNode.of([
            "action": .string("send"), "channel": .reference("channels/\(channel)"),
            "summary": .string("The server tells what happens."),
            "messages": .array(messages.map { .reference("channels/\(channel)/messages/\($0)") }),
        ])
        return .init(key: "\(channel).events", value: operation)
    }

    private static func receive(_ name: String, on channel: String) -> DocumentNode.Member {
        let messages = "channels/\(channel)/messages"
        let operation = DocumentNode.of([
            "action": .string("receive"), "channel": .reference("channels/\(channel)"),
            "messages": .array([.reference("\(messages)/command.\(name)")]),
            "reply": .of([
                "channel": .reference("channels/\(channel)"),
                "messages": .array([
                    .reference("\(messages)/answer.\(name)"), .reference("\(messages)/answer.failure"),
                ]),
            ]),
        ])
        return .init(key: "\(channel).\(name)", value: operation)
    }

    /// The close codes, with what each means.
    private static var closeCode: DocumentNode.Member {
        get throws {
            let codes = try DocumentNode(yaml: AsyncAPISource.closeCodes).members
            let meanings = codes.map { "`\($0.key)`: \($0.value.text ?? "")" }.joined(separator: "\n\n")
            return .init(
                key: "CloseCode",
                value: .of([
                    "type": .string("integer"), "enum": .array(codes.map { .number($0.key) }),
                    "description": .string(meanings),
                ])
            )
        }
    }
}
