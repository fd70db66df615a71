import Configuration
import Foundation
import Yams

/// A configuration file in YAML: one mapping from the settings' names to their values.
struct ConfigurationFile: Sendable {
    let path: String
    /// Where each key stands.
    let lines: [String: Int]
    /// Keys without a value: as good as absent.
    private let empty: Set<String>
    private let snapshot: YAMLSnapshot?

    /// The file that is in force: the one that is named, else the first of the usual ones that exists.
    ///
    /// - Throws: `Failure` when it cannot be read.
    static func find(_ explicit: String?, environment: [String: String]) throws -> ConfigurationFile? {
        if let explicit { return try ConfigurationFile(path: explicit) }
        let usual = Self.usualPaths(environment)
        return try usual.first { FileManager.default.fileExists(atPath: $0) }.map { try ConfigurationFile(path: $0) }
    }

    /// `troupe/config.yaml` in `$XDG_CONFIG_HOME` (`~/.config`), then in `/etc`.
    static func usualPaths(_ environment: [String: String]) -> [String] {
        let set = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let user = set ?? environment["HOME"].map { "\($0)/.config" }
        return [user, "/etc"].compactMap { $0.map { "\($0)/troupe/config.yaml" } }
    }

    init(path: String) throws {
        let data: Data?
        do {
            data = try FileHandle(forReadingFrom: URL(filePath: path)).readToEnd()
        } catch {
            throw Failure("the configuration file \(path) cannot be read")
        }
        try self.init(path: path, data ?? Data())
    }

    init(path: String, _ data: Data) throws {
        self.path = path
        do {
            let parser = try Parser(yaml: data)
            var lines: [String: Int] = [:]
            var empty: Set<String> = []
            if let root = try parser.singleRoot(), root.null == nil {
                guard let mapping = root.mapping else {
                    throw Failure("\(path) is not a list of names with values, as in port: 7420")
                }
                for (key, value) in mapping {
                    let line = key.mark?.line ?? 0
                    guard let name = key.string, value.mapping == nil else {
                        throw Failure("\(path):\(line): a name has a value or a list of values here, nothing deeper")
                    }
                    lines[name] = line
                    if value.null != nil { empty.insert(name) }
                }
                self.snapshot = try YAMLSnapshot(data: data.bytes, providerName: path, parsingOptions: .default)
            } else {
                self.snapshot = nil
            }
            (self.lines, self.empty) = (lines, empty)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure("\(path): \(error)")
        }
    }

    /// What it says of a setting; `nil` when nothing.
    ///
    /// - Throws: `Failure` when that is a list and should be a value, or the other way round.
    func words(of setting: any SettingDeclaration) throws -> [String]? {
        guard let snapshot, let line = self.lines[setting.name], !self.empty.contains(setting.name) else { return nil }
        let type: ConfigType = setting.kind == .list ? .stringArray : .string
        switch try? snapshot.value(forKey: AbsoluteConfigKey([setting.name]), type: type).value?.content {
        case .string(let word): return [word]
        case .stringArray(let words): return words
        default:
            let source = SettingSource.file(path: self.path, line: line)
            throw Failure("\(source.subject(setting.name)) takes \(setting.kind.expectation)")
        }
    }

    /// - Throws: `Failure` when it names something that is no setting.
    func checkNames(_ names: Set<String>) throws {
        let strangers = self.lines.filter { !names.contains($0.key) }
        guard let (name, line) = strangers.min(by: { $0.value < $1.value }) else { return }
        let near = NearestName.of(name.replacing("_", with: "-"), in: names)
        let advice = near.map { "did you mean \($0)?" } ?? "see troupe serve --help"
        throw Failure("\(self.path):\(line): \(name) is no setting; \(advice)")
    }
}
