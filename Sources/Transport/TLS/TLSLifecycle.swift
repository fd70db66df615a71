/// Decides in which state one server-side TLS connection is, and what follows from what happens to it.
///
/// No I/O, no clock, no OpenSSL. Both ends close each direction on their own: a close_notify ends the sender's
/// (RFC 8446 §6.1).
struct TLSLifecycle {
    private enum State: Equatable {
        /// Not connected. May go to `handshaking`, `closed`.
        case idle
        /// May go to `open`, `closed`.
        case handshaking
        /// May go to any of the following.
        case open
        /// The peer has said it is done; we may go on. May go to `draining`, `closed`.
        case inputClosed
        /// We have said that we are done; the peer may go on. May go to `draining`, `closed`.
        case outputClosed(isFlushed: Bool)
        /// Everything is to end: our close_notify is on its way, the peer's awaited, what else it sends dropped.
        /// May go to `closed`.
        case draining(Drain)
        case closed
    }

    private struct Drain: Equatable {
        var isFlushed: Bool
        var peer: PeerEnd
    }

    private enum PeerEnd: Equatable { case open, closeNotify, cut }

    /// How to begin a close that the server asked for.
    enum CloseAction: Equatable {
        /// Nothing to say to the peer: close the channel.
        case closeChannel
        /// Send close_notify, set the deadline, and close the channel when told to.
        case sendCloseNotifyAndDrain
        /// The close_notify went out earlier; set the deadline, and close the channel when told to.
        case drain
        /// Send close_notify and close the channel's output.
        case sendCloseNotifyAndCloseOutput
        /// A close is under way: this one ends with it.
        case join
        /// There is no output left to close.
        case refuse
    }

    /// What follows from the end of what the peer sends.
    enum PeerEndAction: Equatable {
        case none
        /// Tell the handlers above that no more will come.
        case reportInputClosed
        /// Send close_notify, set the deadline, and close the channel when told to.
        case sendCloseNotifyAndDrain
        /// The connection was cut: report that, close the channel.
        case failTruncated
        /// Close the channel. Clean: both close_notify were exchanged.
        case closeChannel(isClean: Bool)
    }

    /// What a deadline that has passed means.
    enum DeadlineAction: Equatable { case none, failHandshake, closeChannel }

    private var state = State.idle

    /// Whether the handshake is under way.
    var isHandshaking: Bool { self.state == .handshaking }

    /// Whether plaintext can be encrypted now.
    var canEncrypt: Bool { self.state == .open || self.state == .inputClosed }

    /// Whether a write is taken: to be encrypted now, or when the handshake is done.
    var takesWrites: Bool { self.canEncrypt || self.isHandshaking || self.state == .idle }

    /// Whether ciphertext is of any use.
    var takesInput: Bool { self.state != .closed && self.state != .idle }

    /// Whether plaintext belongs to the handlers above, as opposed to nobody.
    var deliversInput: Bool {
        switch self.state {
        case .open, .outputClosed: true
        case .idle, .handshaking, .inputClosed, .draining, .closed: false
        }
    }

    /// Whether the connection is being closed, for which there has to be a deadline.
    var isDraining: Bool {
        if case .draining = self.state { true } else { false }
    }

    /// The channel is connected.
    ///
    /// True the first time: begin the handshake.
    mutating func channelBecameActive() -> Bool {
        guard self.state == .idle else { return false }
        self.state = .handshaking
        return true
    }

    /// The handshake is done.
    mutating func handshakeCompleted() {
        precondition(self.state == .handshaking, "no handshake to complete in \(self.state)")
        self.state = .open
    }

    /// The server wants everything closed.
    mutating func close() -> CloseAction {
        switch self.state {
        case .idle, .handshaking, .closed:
            self.state = .closed
            return .closeChannel
        case .open:
            self.state = .draining(Drain(isFlushed: false, peer: .open))
            return .sendCloseNotifyAndDrain
        case .inputClosed:
            self.state = .draining(Drain(isFlushed: false, peer: .closeNotify))
            return .sendCloseNotifyAndDrain
        case .outputClosed(let isFlushed):
            self.state = .draining(Drain(isFlushed: isFlushed, peer: .open))
            return .drain
        case .draining:
            return .join
        }
    }

    /// The server has no more to say.
    ///
    /// Before the handshake that leaves nothing to connect for, so all is closed.
    mutating func closeOutput() -> CloseAction {
        switch self.state {
        case .idle, .handshaking, .inputClosed:
            return self.close()
        case .open:
            self.state = .outputClosed(isFlushed: false)
            return .sendCloseNotifyAndCloseOutput
        case .outputClosed, .draining, .closed:
            return .refuse
        }
    }

    /// Our close_notify, and so all before it, has left for the peer.
    ///
    /// True: close the channel now.
    mutating func closeNotifyWasFlushed() -> PeerEndAction {
        switch self.state {
        case .outputClosed:
            self.state = .outputClosed(isFlushed: true)
            return .none
        case .draining(var drain):
            drain.isFlushed = true
            return self.settle(drain)
        case .idle, .handshaking, .open, .inputClosed, .closed:
            return .none
        }
    }

    /// The peer's close_notify is in.
    mutating func peerClosed(allowsHalfClosure: Bool) -> PeerEndAction {
        switch self.state {
        case .open where allowsHalfClosure:
            self.state = .inputClosed
            return .reportInputClosed
        case .open:
            self.state = .draining(Drain(isFlushed: false, peer: .closeNotify))
            return .sendCloseNotifyAndDrain
        case .outputClosed(let isFlushed):
            return self.settle(Drain(isFlushed: isFlushed, peer: .closeNotify))
        case .draining(var drain) where drain.peer == .open:
            drain.peer = .closeNotify
            return self.settle(drain)
        case .draining, .idle, .handshaking, .inputClosed, .closed:
            return .none
        }
    }

    /// The transport will bring nothing more, but may still take something.
    mutating func transportInputClosed() -> PeerEndAction {
        switch self.state {
        case .open, .outputClosed, .handshaking:
            self.state = .closed
            return .failTruncated
        case .draining(var drain):
            if drain.peer == .open { drain.peer = .cut }
            return self.settle(drain)
        case .idle, .inputClosed, .closed:
            return .none
        }
    }

    /// The channel is gone.
    ///
    /// True if that came as a surprise: the peer had not said that it was done.
    mutating func channelBecameInactive() -> Bool {
        defer { self.state = .closed }
        return switch self.state {
        case .handshaking, .open, .outputClosed: true
        case .idle, .inputClosed, .draining, .closed: false
        }
    }

    /// OpenSSL or the server gives this connection up.
    ///
    /// True unless it was given up before.
    mutating func fail() -> Bool {
        defer { self.state = .closed }
        return self.state != .closed
    }

    /// The deadline of the handshake or of the drain has passed.
    mutating func deadlinePassed() -> DeadlineAction {
        switch self.state {
        case .handshaking:
            return .failHandshake
        case .draining:
            self.state = .closed
            return .closeChannel
        case .idle, .open, .inputClosed, .outputClosed, .closed:
            return .none
        }
    }

    /// Done when our last byte has left and the peer has nothing more to say.
    private mutating func settle(_ drain: Drain) -> PeerEndAction {
        guard drain.isFlushed, drain.peer != .open else {
            self.state = .draining(drain)
            return .none
        }
        self.state = .closed
        return .closeChannel(isClean: drain.peer == .closeNotify)
    }
}
