import Foundation

/// `troupe serve --print-config`: every setting, its value, and where that came from.
struct PrintedConfiguration {
    let values: SettingValues

    /// A line for each setting: name, value, place.
    var text: String {
        let warnings = self.values.warnings.map { "# \($0)" }
        let rows = Settings.declarations.map { setting in
            (
                name: setting.name,
                value: self.values.shown(setting)?.joined(separator: ", ") ?? setting.absentText.map { "(\($0))" }
                    ?? "-",
                place: self.values.source(of: setting).place(of: setting.name)
            )
        }
        let nameWidth = rows.map(\.name.count).max() ?? 0
        let valueWidth = rows.map(\.value.count).filter { $0 <= 40 }.max() ?? 0
        let lines = rows.map { row in
            Self.padded(row.name, nameWidth) + "  " + Self.padded(row.value, valueWidth) + "  " + row.place
        }
        return (["# configuration file: \(self.values.file ?? "none")"] + warnings + lines).joined(separator: "\n")
    }

    /// The same as one JSON document.
    var json: String {
        let settings = Settings.declarations.map { setting in
            let source = self.values.source(of: setting)
            return Row(
                name: setting.name,
                value: self.values.shown(setting).map { setting.kind == .list ? .list($0) : .one($0.first ?? "") },
                source: source.word,
                place: source.place(of: setting.name),
                default: setting.isSecret ? nil : setting.standardText,
                reloadable: setting.isReloadable,
                secret: setting.isSecret
            )
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let document = Document(configFile: self.values.file, settings: settings, warnings: self.values.warnings)
        return (try? encoder.encode(document)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private struct Document: Encodable {
        let configFile: String?
        let settings: [Row]
        let warnings: [String]
    }

    private struct Row: Encodable {
        let name: String
        let value: Value?
        let source: String
        let place: String
        let `default`: String?
        let reloadable: Bool
        let secret: Bool
    }

    private enum Value: Encodable {
        case one(String)
        case list([String])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .one(let word): try container.encode(word)
            case .list(let words): try container.encode(words)
            }
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
