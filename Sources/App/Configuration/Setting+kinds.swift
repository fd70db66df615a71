/// The kinds of settings; each makes a declaration for `Settings`.
extension Setting where Value == String? {
    /// A text that may be absent; `absent` says what that means, as in "the CLI's".
    static func text(_ name: String, _ help: String, absent: String? = nil) -> Self {
        Self(name, .text, help, standard: nil, standardText: nil, absentText: absent) { .some($0.first) }
    }
}

extension Setting where Value == String {
    /// A text.
    static func text(_ name: String, default standard: String, _ help: String) -> Self {
        Self(name, .text, help, standard: standard, standardText: standard) { $0.first }
    }

    /// One word of a few.
    static func choice(_ name: String, _ words: [String], default standard: String, _ help: String) -> Self {
        Self(name, .choice(words), help, standard: standard, standardText: standard) { given in
            words.first { $0 == given.first }
        }
    }
}

extension Setting where Value == Int {
    /// A whole number.
    static func number(_ name: String, _ range: ClosedRange<Int>, default standard: Int, _ help: String) -> Self {
        Self(name, .number(range), help, standard: standard, standardText: "\(standard)") { Self.number($0, range) }
    }

    fileprivate static func number(_ words: [String], _ range: ClosedRange<Int>) -> Int? {
        words.first.flatMap { Int($0) }.flatMap { range.contains($0) ? $0 : nil }
    }
}

extension Setting where Value == Int? {
    /// A whole number whose absence is another matter; 0 stands for absent where that is the smallest.
    static func limit(_ name: String, _ range: ClosedRange<Int>, default standard: Int, _ help: String) -> Self {
        Self(name, .number(range), help, standard: standard == 0 ? nil : standard, standardText: "\(standard)") {
            words in
            Setting<Int>.number(words, range).map { $0 == 0 ? nil : $0 }
        }
    }
}

extension Setting where Value == Int? {
    /// A rate limit for each caller; 0 for none, absent for what suits the kind of server.
    static func rate(_ name: String, _ what: String) -> Self {
        let range = 0...1_000_000
        return Self(
            name,
            .number(range),
            "\(what), for each key or else client address; 0 for no limit.",
            standard: nil,
            standardText: nil,
            absentText: "none on a loopback address without keys, else what docs/limits.md says"
        ) { words in
            Setting<Int>.number(words, range).map { .some($0) }
        }
    }
}

extension Setting where Value == Double? {
    /// An amount of money or the like; 0 stands for none.
    static func amount(_ name: String, upTo most: Double, default standard: Double = 0, _ help: String) -> Self {
        let value: Double? = standard == 0 ? nil : standard
        return Self(name, .decimal(0...most), help, standard: value, standardText: standard == 0 ? "0" : "\(standard)")
        {
            words in
            guard let amount = words.first.flatMap({ Double($0) }), (0...most).contains(amount) else { return nil }
            return .some(amount == 0 ? nil : amount)
        }
    }
}

extension Setting where Value == Duration {
    /// A time in seconds.
    static func seconds(_ name: String, _ range: ClosedRange<Int>, default standard: Int, _ help: String) -> Self {
        Self(name, .number(range), help, standard: .seconds(standard), standardText: "\(standard)") { words in
            Setting<Int>.number(words, range).map { .seconds($0) }
        }
    }

    /// A time in milliseconds.
    static func milliseconds(_ name: String, _ range: ClosedRange<Int>, default standard: Int, _ help: String) -> Self {
        Self(name, .number(range), help, standard: .milliseconds(standard), standardText: "\(standard)") { words in
            Setting<Int>.number(words, range).map { .milliseconds($0) }
        }
    }
}

extension Setting where Value == Duration? {
    /// A time in seconds, of a year at most; 0 means never.
    static func span(_ name: String, default standard: Int, _ help: String) -> Self {
        let range = 0...31_536_000
        let value: Duration? = standard == 0 ? nil : .seconds(standard)
        return Self(name, .number(range), help, standard: value, standardText: "\(standard)") { words in
            Setting<Int>.number(words, range).map { $0 == 0 ? nil : .seconds($0) }
        }
    }
}

extension Setting where Value == Bool {
    /// Something that is on or off; off unless said.
    static func flag(_ name: String, _ help: String) -> Self {
        Self(name, .flag, help, standard: false, standardText: "false") { words in
            switch words.first?.lowercased() {
            case "true", "yes", "on", "1": true
            case "false", "no", "off", "0": false
            default: nil
            }
        }
    }
}

extension Setting where Value == [String] {
    /// Any number of texts.
    static func list(_ name: String, _ help: String) -> Self {
        Self(name, .list, help, standard: [], standardText: nil) { $0 }
    }
}
