/// The MCP servers that a process was told of.
///
/// None is ever started: each counts as connected, and one whose name begins with `broken` as failed.
struct McpServers {
    private struct Server {
        var name: String
        var config: JSON
        var isEnabled = true
        /// Whether the host added it while the process ran.
        var isAdded: Bool

        var isBroken: Bool { self.name.hasPrefix("broken") }

        var isHosted: Bool { self.config["type"]?.text == "sdk" }

        var status: JSON { self.isEnabled ? self.isBroken ? "failed" : "connected" : "disabled" }
    }

    private static let failure = "ENOENT: no such file or directory, posix_spawn 'stdio'"

    private var servers: [Server] = []

    /// The servers of `--mcp-config` objects.
    init(configurations: [JSON]) {
        for configuration in configurations {
            guard case .object(let members)? = configuration["mcpServers"] else { continue }
            for member in members { self.add(member.name, member.value, isAdded: false) }
        }
    }

    /// What `system/init` lists.
    var initLine: JSON {
        .array(
            self.servers.filter(\.isEnabled).map { server in
                ["name": .string(server.name), "status": server.status, "source": server.isHosted ? "sdk" : "dynamic"]
            }
        )
    }

    /// What `mcp_status` lists.
    var statusLine: JSON {
        .array(
            self.servers.map { server in
                var line: JSON = ["name": .string(server.name), "status": server.status]
                if server.status == "connected" {
                    line["serverInfo"] = ["name": .string(server.name), "version": "1"]
                } else if server.isEnabled {
                    line["error"] = .string(Self.failure)
                }
                if !server.isHosted { line["config"] = server.config }
                line["transport"] = server.config["type"] ?? "stdio"
                line["scope"] = "dynamic"
                line["source"] = server.isHosted ? "sdk" : "dynamic"
                if server.status == "connected" { line["tools"] = [] }
                return line
            }
        )
    }

    /// Makes the host's servers these; the answer to `mcp_set_servers`.
    mutating func set(_ wanted: JSON) -> JSON {
        let members = if case .object(let members) = wanted { members } else { [] as [JSON.Member] }
        let removed = self.servers.filter { server in
            server.isAdded && !members.contains { $0.name == server.name }
        }.map(\.name)
        self.servers.removeAll { removed.contains($0.name) }
        var added: [String] = []
        var errors: JSON = [:]
        for member in members {
            if !self.servers.contains(where: { $0.name == member.name }) { added.append(member.name) }
            self.add(member.name, member.value, isAdded: true)
            if member.name.hasPrefix("broken") { errors[member.name] = .string(Self.failure) }
        }
        return ["added": JSON(added), "removed": JSON(removed), "errors": errors]
    }

    /// Turns a server on or off; the complaint when there is none of that name.
    mutating func toggle(_ name: String, isEnabled: Bool) -> String? {
        guard let index = self.servers.firstIndex(where: { $0.name == name }) else { return Self.missing(name) }
        self.servers[index].isEnabled = isEnabled
        return nil
    }

    /// Connects a server again; the complaint when that fails.
    mutating func reconnect(_ name: String) -> String? {
        if let complaint = self.toggle(name, isEnabled: true) { return complaint }
        return name.hasPrefix("broken") ? Self.failure : nil
    }

    private mutating func add(_ name: String, _ config: JSON, isAdded: Bool) {
        var config = config
        if config["type"] == nil { config["type"] = "stdio" }
        if let index = self.servers.firstIndex(where: { $0.name == name }) {
            self.servers[index].config = config
        } else {
            self.servers.append(Server(name: name, config: config, isAdded: isAdded))
        }
    }

    private static func missing(_ name: String) -> String { "Server not found: \(name)" }
}
