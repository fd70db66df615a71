import Testing

@testable import Transport

@Suite struct TLSLifecycleTests {
    private func open() -> TLSLifecycle {
        var lifecycle = TLSLifecycle()
        #expect(lifecycle.channelBecameActive() == true)
        #expect(lifecycle.channelBecameActive() == false)
        lifecycle.handshakeCompleted()
        return lifecycle
    }

    @Test func `our close waits for the peer's close_notify and for ours to have left`() {
        for peerFirst in [true, false] {
            var lifecycle = self.open()
            #expect(lifecycle.close() == .sendCloseNotifyAndDrain)
            #expect(lifecycle.isDraining && !lifecycle.deliversInput && !lifecycle.takesWrites)
            if peerFirst {
                #expect(lifecycle.peerClosed(allowsHalfClosure: true) == .none)
                #expect(lifecycle.closeNotifyWasFlushed() == .closeChannel(isClean: true))
            } else {
                #expect(lifecycle.closeNotifyWasFlushed() == .none)
                #expect(lifecycle.peerClosed(allowsHalfClosure: true) == .closeChannel(isClean: true))
            }
            #expect(lifecycle.channelBecameInactive() == false)
        }
    }

    @Test func `a peer that never answers our close is left at the deadline`() {
        var lifecycle = self.open()
        #expect(lifecycle.close() == .sendCloseNotifyAndDrain)
        #expect(lifecycle.close() == .join)
        #expect(lifecycle.deadlinePassed() == .closeChannel)
        #expect(lifecycle.deadlinePassed() == .none)
    }

    @Test func `a transport that ends while we close is no surprise, but not clean`() {
        var lifecycle = self.open()
        #expect(lifecycle.close() == .sendCloseNotifyAndDrain)
        #expect(lifecycle.transportInputClosed() == .none)
        #expect(lifecycle.closeNotifyWasFlushed() == .closeChannel(isClean: false))
    }

    @Test func `without half-closure the peer's close_notify is answered`() {
        var lifecycle = self.open()
        #expect(lifecycle.peerClosed(allowsHalfClosure: false) == .sendCloseNotifyAndDrain)
        #expect(lifecycle.closeNotifyWasFlushed() == .closeChannel(isClean: true))
    }

    @Test(arguments: [true, false])
    func `with half-closure we go on until we close, in either way`(closesAll: Bool) {
        var lifecycle = self.open()
        #expect(lifecycle.peerClosed(allowsHalfClosure: true) == .reportInputClosed)
        #expect(lifecycle.peerClosed(allowsHalfClosure: true) == .none)
        #expect(lifecycle.transportInputClosed() == .none)
        #expect(lifecycle.canEncrypt && !lifecycle.deliversInput)
        #expect((closesAll ? lifecycle.close() : lifecycle.closeOutput()) == .sendCloseNotifyAndDrain)
        #expect(lifecycle.closeNotifyWasFlushed() == .closeChannel(isClean: true))
    }

    @Test func `after our output is closed the peer may go on`() {
        var lifecycle = self.open()
        #expect(lifecycle.closeOutput() == .sendCloseNotifyAndCloseOutput)
        #expect(lifecycle.closeOutput() == .refuse)
        #expect(lifecycle.deliversInput && !lifecycle.takesWrites)
        #expect(lifecycle.peerClosed(allowsHalfClosure: false) == .none)
        #expect(lifecycle.isDraining)
        #expect(lifecycle.closeNotifyWasFlushed() == .closeChannel(isClean: true))
    }

    @Test func `after our output is closed, so may all be`() {
        var lifecycle = self.open()
        #expect(lifecycle.closeOutput() == .sendCloseNotifyAndCloseOutput)
        #expect(lifecycle.closeNotifyWasFlushed() == .none)
        #expect(lifecycle.close() == .drain)
        #expect(lifecycle.peerClosed(allowsHalfClosure: true) == .closeChannel(isClean: true))
    }

    @Test func `an end without close_notify is a cut`() {
        var lifecycle = self.open()
        #expect(lifecycle.transportInputClosed() == .failTruncated)
        lifecycle = self.open()
        #expect(lifecycle.channelBecameInactive() == true)
        #expect(lifecycle.channelBecameInactive() == false)
    }

    @Test func `a handshake can be cut, late, failed once, or given up`() {
        var lifecycle = TLSLifecycle()
        #expect(lifecycle.takesWrites && !lifecycle.takesInput)
        #expect(lifecycle.channelBecameActive() == true)
        #expect(lifecycle.takesWrites && !lifecycle.canEncrypt && lifecycle.takesInput)
        var cut = lifecycle
        #expect(cut.transportInputClosed() == .failTruncated)
        var late = lifecycle
        #expect(late.deadlinePassed() == .failHandshake)
        #expect(late.fail() == true)
        #expect(late.fail() == false)
        #expect(lifecycle.closeOutput() == .closeChannel)
        #expect(lifecycle.close() == .closeChannel)
    }
}
