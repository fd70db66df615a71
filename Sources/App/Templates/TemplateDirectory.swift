import Actors
import Foundation

/// The templates that come with the program, and over them those of the operator's directory: each `NAME.yaml` or
/// `NAME.yml` makes the template `NAME`, in place of a built-in one of that name.
struct TemplateDirectory: TemplateSource {
    /// The directory cannot be read.
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    private static let maximumFiles = 256
    private static let maximumFileBytes = 256 << 10

    /// `nil` for the built-in ones alone.
    let path: String?

    func read() throws -> TemplateReading {
        var reading = TemplateReading()
        var templates: [String: Template] = [:]
        for (name, text) in BuiltInTemplates.all {
            do {
                templates[name] = try TemplateFile.template(text, name: name, isBuiltIn: true)
            } catch {
                reading.faults.append(TemplateReading.Fault(name: name, file: "built in", message: "\(error)"))
            }
        }
        for file in try self.files() {
            let name = Self.name(of: file)
            do {
                templates[name] = try TemplateFile.template(self.text(of: file), name: name, isBuiltIn: false)
            } catch {
                reading.faults.append(TemplateReading.Fault(name: name, file: file, message: "\(error)"))
                // Which of the two was in force is for the book to know.
                templates[name] = nil
            }
        }
        for fault in reading.faults where fault.file != "built in" {
            guard let text = BuiltInTemplates.all[fault.name] else { continue }
            reading.fallbacks[fault.name] = try? TemplateFile.template(text, name: fault.name, isBuiltIn: true)
        }
        reading.templates = templates.values.sorted { $0.name < $1.name }
        return reading
    }

    func stamp() -> String {
        guard let path, let files = try? self.files() else { return "" }
        return files.map { file in
            var status = stat()
            // What a link points to counts: that is how mounted configuration is replaced.
            guard stat("\(path)/\(file)", &status) == 0 else { return "\(file) gone" }
            let changed = "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
            return "\(file) \(status.st_ino) \(changed) \(status.st_size)"
        }.joined(separator: "\n")
    }

    /// The names of the files, in order.
    private func files() throws -> [String] {
        guard let path else { return [] }
        let all: [String]
        do {
            all = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw Unreadable(description: "the directory of templates cannot be read")
        }
        let files = all.filter { !$0.hasPrefix(".") && ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) }.sorted()
        guard files.count <= Self.maximumFiles else {
            throw Unreadable(description: "the directory of templates has more than \(Self.maximumFiles) of them")
        }
        return files
    }

    private static func name(of file: String) -> String {
        String(file.prefix(upTo: file.lastIndex(of: ".") ?? file.endIndex))
    }

    private func text(of file: String) throws -> String {
        let full = "\(self.path ?? "")/\(file)"
        var status = stat()
        guard stat(full, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Unreadable(description: "it is not a file")
        }
        guard status.st_size <= Self.maximumFileBytes else {
            throw Unreadable(description: "it is larger than \(Self.maximumFileBytes) bytes")
        }
        do {
            return try String(contentsOfFile: full, encoding: .utf8)
        } catch {
            throw Unreadable(description: "it cannot be read as UTF-8")
        }
    }
}
