import ArgumentParser
import Testing

@testable import App

/// The table of settings and what is made of it.
struct SettingsTests {
    @Test
    func `a setting is called as its property is`() {
        for child in Mirror(reflecting: Settings.all).children {
            let setting = child.value as? any SettingDeclaration
            #expect(setting?.name == ServeOptions.settingName(ofProperty: child.label ?? ""))
        }
        #expect(Set(Settings.declarations.map(\.name)).count == Settings.declarations.count)
    }

    @Test
    func `every setting has an option and every option a setting`() throws {
        let labels = Mirror(reflecting: try ServeOptions.parse([])).children.compactMap(\.label)
        let options = labels.map { ServeOptions.settingName(ofProperty: $0) }.filter { $0 != "configuration" }
        #expect(Set(options) == Set(Settings.declarations.map(\.name)))
    }

    @Test
    func `an option is given to the setting of its name`() throws {
        for setting in Settings.declarations {
            let arguments = setting.kind == .flag ? ["--\(setting.name)"] : ["--\(setting.name)", "word"]
            let expected = setting.kind == .flag ? ["true"] : ["word"]
            #expect(try ServeOptions.parse(arguments).given == [setting.name: expected])
        }
        #expect(try ServeOptions.parse([]).given == [:])
    }

    @Test
    func `a default is a value of its setting`() {
        for setting in Settings.declarations {
            if let standard = setting.standardText { #expect(setting.accepts([standard]), "\(setting.name)") }
            #expect(setting.help.hasSuffix("."), "\(setting.name)")
        }
    }

    @Test(arguments: [
        ("port", ["0"], true), ("port", ["65535"], true), ("port", ["65536"], false), ("port", ["-1"], false),
        ("port", ["1.5"], false), ("port", [], false), ("port", ["1", "2"], false), ("ttl", ["0"], true),
        ("log-level", ["debug"], true), ("log-level", ["loud"], false), ("insecure-allow-remote", ["yes"], true),
        ("insecure-allow-remote", ["perhaps"], false), ("allow-origin", [], true), ("allow-origin", ["a", "b"], true),
    ])
    func `a value is taken or refused by its kind`(name: String, words: [String], isTaken: Bool) throws {
        let setting = try #require(Settings.declarations.first { $0.name == name })
        #expect(setting.accepts(words) == isTaken)
    }

    @Test(arguments: [
        ("prot", "port"), ("max-sesions", "max-sessions"), ("max-session", "max-sessions"), ("hots", "host"),
        ("tls-certs", "tls-cert"), ("completely-different", nil),
    ])
    func `the nearest name is found, and none where none is near`(word: String, name: String?) {
        #expect(NearestName.of(word, in: Settings.declarations.map(\.name)) == name)
    }
}
