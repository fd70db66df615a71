import Actors
import Agent
import Foundation
import SystemPackage
import Transport

/// Where sessions work, and what keeps them there.
extension ServerSettings {
    /// - Throws: `Failure` with one line for the person who started the server.
    mutating func confine(_ values: SettingValues) throws {
        self.plan.workspace.roots = try values[\.workspaceRoot].map { root in
            guard root.hasPrefix("/"), Self.isDirectory(root) else {
                throw Failure("--workspace-root: \(root) is not the absolute path of a directory")
            }
            return root
        }
        if let root = self.plan.workspace.roots.first, values[\.cwd] == nil { self.plan.defaultDirectory = root }
        self.plan.workspace.strictRoots = [self.plan.defaultDirectory]
        self.plan.workspace.makesSessionDirectories = values[\.sessionDirectories]
        self.plan.workspace.removesSessionDirectories = values[\.removeSessionDirectories]
        self.plan.workspace.files.maximumFileBytes = values[\.maxFileMib] << 20
        self.plan.workspace.files.maximumWorkspaceBytes = values[\.workspaceQuotaMib].map { $0 << 20 }
        self.plan.sandbox = try values[\.agentSandbox].flatMap(Self.sandbox)
        if values[\.confine] == "bubblewrap" { self.plan.bubblewrap = try self.bubblewrap(values) }
        if self.transport.keys.isRequired { self.plan.warmConfinement = .strict }
    }

    private func bubblewrap(_ values: SettingValues) throws -> Bubblewrap {
        guard let program = try? AgentExecutable.locate(explicit: "bwrap") else {
            throw Failure("--confine bubblewrap: there is no bwrap on PATH; apt-get install bubblewrap")
        }
        // What the server keeps is nobody's business: who was told what, and who may do what.
        var hidden = [values[\.keys] ?? Self.defaultKeys, values[\.tlsKey]].compactMap(\.self)
        if let store = self.storePath { hidden += ["", "-wal", "-shm"].map { store + $0 } }
        return Bubblewrap(path: program.path, hidden: hidden.map { FilePath(Self.absolute($0)) })
    }

    /// The CLI's `sandbox` settings: `on` stands for nothing but that.
    private static func sandbox(_ text: String) throws -> String? {
        switch text {
        case "on": return #"{"enabled":true}"#
        case "off", "": return nil
        default:
            guard let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
                let bytes = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
            else { throw Failure("--agent-sandbox takes on, off or a JSON object") }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    }
}
