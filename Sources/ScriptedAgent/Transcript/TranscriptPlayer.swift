import Glibc

/// Plays a recorded exchange to a live host.
///
/// Each recorded deed of the host is waited for, matched by its shape; then what the CLI printed after it follows in the
/// recorded rhythm, with the host's ids in place of the recorded ones. Control requests that the recording does not
/// expect are answered with an empty success. Once the host has closed its stream nothing is waited for.
final class TranscriptPlayer {
    private let transcript: Transcript
    private let speed: Double
    private let signals: SignalPipe
    private var translation: HostTranslation
    private var input = LineReader(STDIN_FILENO)
    private var output = OutputPipe(STDOUT_FILENO)
    private var position = 0
    private var inbox: [Transcript.HostEvent] = []
    /// The moment of the last matched deed, and when that was in the recording.
    private var anchor: (live: Duration, recorded: Double)
    private var skippedRequests: Set<String> = []

    init(_ transcript: Transcript, options: Options, signals: SignalPipe) {
        self.transcript = transcript
        self.speed = options.speed
        self.signals = signals
        self.translation = HostTranslation(sessionID: options.sessionID ?? options.resume)
        self.anchor = (Clock.now, 0)
    }

    /// Plays to the end; the recorded exit code.
    func run() -> Int32 {
        while self.position < self.transcript.records.count {
            let deadline = self.playDue()
            self.output.flush()
            guard self.position < self.transcript.records.count else { break }
            self.wait(until: deadline)
        }
        return self.finish()
    }

    /// Plays what can be played now; when the next line is due, nil when a deed of the host is.
    private func playDue() -> Duration? {
        while self.position < self.transcript.records.count {
            switch self.transcript.records[self.position] {
            case .host(let event, let time):
                guard self.take(event) else { return nil }
                self.anchor = (Clock.now, time)
            case .line(let line, let time):
                let due = self.moment(of: time)
                guard Clock.now >= due else { return due }
                self.print(line)
            }
            self.position += 1
        }
        return .zero
    }

    private func moment(of time: Double) -> Duration {
        guard self.speed > 0 else { return .zero }
        return self.anchor.live + .nanoseconds(Int64((time - self.anchor.recorded) / self.speed * 1e6))
    }

    private func print(_ line: JSON) {
        if let id = line["response"]?["request_id"]?.text, self.skippedRequests.contains(id) { return }
        self.output.write(self.translation.translate(line))
    }

    /// Takes the live deed that stands for a recorded one; false while it has not come.
    private func take(_ recorded: Transcript.HostEvent) -> Bool {
        if recorded == .ignored { return true }
        if let index = self.inbox.firstIndex(where: { Self.stands($0, for: recorded) }) {
            self.translation.match(recorded, self.inbox.remove(at: index))
            return true
        }
        if case .control("initialize", let id) = recorded, self.inbox.contains(where: { Self.isUser($0) }) {
            self.skippedRequests.insert(id)
            return true
        }
        return self.input.isAtEnd
    }

    private static func isUser(_ event: Transcript.HostEvent) -> Bool {
        if case .user = event { true } else { false }
    }

    private static func stands(_ live: Transcript.HostEvent, for recorded: Transcript.HostEvent) -> Bool {
        switch (live, recorded) {
        case (.control(let one, _), .control(let other, _)): one == other
        case (.user, .user): true
        default: live == recorded
        }
    }

    private func wait(until deadline: Duration?) {
        var poller = Poller()
        let readsInput = !self.input.isAtEnd
        if readsInput { poller.add(reading: STDIN_FILENO) }
        poller.add(reading: self.signals.readDescriptor)
        if self.output.hasPending { poller.add(writing: STDOUT_FILENO) }
        poller.wait(until: deadline)
        for number in self.signals.take() { self.take(signal: number) }
        guard readsInput, poller.isReady(STDIN_FILENO) else { return }
        for line in self.input.read() { self.take(line: line) }
        if self.input.isAtEnd { self.inbox.append(.endOfFile) }
    }

    private func take(line: [UInt8]) {
        let isBlank = line.allSatisfy { $0 == 0x20 || $0 == 0x0D }
        let event = isBlank ? .ignored : JSONParser.parse(line).map { Transcript.event($0) } ?? .badLine
        guard event != .ignored else { return }
        if case .control(let subtype, let id) = event, !self.expects(control: subtype) {
            let response: JSON = ["subtype": "success", "request_id": .string(id), "response": [:]]
            self.output.write(["type": "control_response", "response": response])
            return
        }
        self.inbox.append(event)
    }

    /// Whether the rest of the recording has such a request that no live one has been taken for yet.
    private func expects(control subtype: String) -> Bool {
        func count(_ events: [Transcript.HostEvent]) -> Int {
            events.count { if case .control(subtype, _) = $0 { true } else { false } }
        }
        let rest = self.transcript.records[self.position...].compactMap { record in
            if case .host(let event, _) = record { event } else { nil }
        }
        return count(rest) > count(self.inbox)
    }

    private func take(signal number: Int32) {
        let names = [SIGTERM: "SIGTERM", SIGINT: "SIGINT", SIGHUP: "SIGHUP"]
        guard let name = names[number] else { return }
        let isExpected = self.transcript.records[self.position...].contains { record in
            if case .host(.signal(name), _) = record { true } else { false }
        }
        guard isExpected else {
            self.output.drain(limit: .milliseconds(50))
            _exit(number == SIGINT ? 0 : 128 + number)
        }
        self.inbox.append(.signal(name))
    }

    private func finish() -> Int32 {
        self.output.drain(limit: .seconds(30))
        if !self.transcript.complaint.isEmpty { Files.write(Array(self.transcript.complaint.utf8), to: STDERR_FILENO) }
        let code = self.transcript.exitCode ?? 0
        guard code < 0 else { return code }
        while !self.input.isAtEnd { self.wait(until: nil) }
        signal(-code, SIG_DFL)
        kill(getpid(), -code)
        return 1
    }
}
