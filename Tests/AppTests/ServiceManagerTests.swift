import Foundation
import Testing

@testable import App

/// What a service manager hears of the server, on a real datagram socket.
@Suite(.timeLimit(.minutes(15)))
struct ServiceManagerTests {
    @Test(arguments: [true, false])
    func `it is told of start, life, reload and stop`(isAbstract: Bool) async throws {
        let directory = try TemporaryDirectory()
        let name = isAbstract ? "@troupe-test-\(UUID().uuidString)" : "\(directory.path)/notify"
        let listener = try NotifyListener(name)
        let environment = ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "100000"]
        try await withServer(environment: environment) { server in
            try await waitUntil("READY=1") { listener.words.contains("READY=1") }
            let ready = try #require(listener.messages.first { $0.hasPrefix("READY=1") })
            #expect(ready.contains("STATUS=serving on http://127.0.0.1:\(server.port)"))
            try await waitUntil("signs of life") { listener.words.count { $0 == "WATCHDOG=1" } >= 3 }

            let before = listener.words.count
            server.process.signal(SIGHUP)
            try await waitUntil("end of the reload") { listener.words.dropFirst(before).contains("READY=1") }
            let reload = try #require(listener.messages.dropFirst(before).first { $0.hasPrefix("RELOADING=1") })
            #expect(reload.wholeMatch(of: /RELOADING=1\nMONOTONIC_USEC=\d+/) != nil)

            server.process.signal(SIGTERM)
            #expect(try await server.process.waitForExit() == .code(0))
            let states = listener.words.filter { $0 != "WATCHDOG=1" }
            #expect(states == ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"])
        }
    }

    @Test
    func `a watchdog that waits for another process hears nothing`() async throws {
        let directory = try TemporaryDirectory()
        let listener = try NotifyListener("\(directory.path)/notify")
        let environment = ["NOTIFY_SOCKET": listener.name, "WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"]
        try await withServer(environment: environment) { server in
            server.process.signal(SIGTERM)
            let exit = try await server.process.waitForExit()
            #expect(exit == .code(0))
            #expect(listener.words == ["READY=1", "STOPPING=1"])
        }
    }

    @Test(arguments: ["/does/not/exist", "@", "vsock:2:1", "", "relative", String(repeating: "/x", count: 60)])
    func `a manager that is not there is no trouble`(name: String) {
        ServiceManager(["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "x"]).tell(.ready(status: "a"))
    }

    @Test
    func `a status is one line`() {
        #expect(NotifyMessage.ready(status: "a\nWATCHDOG=trigger").text == "READY=1\nSTATUS=a WATCHDOG=trigger")
    }

    @Test
    func `the sign of life comes twice in the time allowed`() {
        let environment = ["NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000"]
        #expect(ServiceManager(environment).keepAlive == .seconds(15))
        #expect(ServiceManager(["WATCHDOG_USEC": "30000000"]).keepAlive == nil)
        #expect(ServiceManager(["NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "0"]).keepAlive == nil)
    }
}
