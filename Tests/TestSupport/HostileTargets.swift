/// Hosts that a server must not call for others, in all the ways they can be written.
package enum HostileTargets {
    /// Ways to write this machine.
    package static let loopback = [
        "127.0.0.1", "127.0.0.2", "127.255.255.254", "localhost", "LOCALHOST.", "localhost.", "[::1]",
        "[0:0:0:0:0:0:0:1]", "0.0.0.0", "[::]", "0", "2130706433", "0x7f000001", "0X7F000001", "017700000001", "127.1",
        "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f.1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
        "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
    ]

    /// Ways to write what is near it.
    package static let near = [
        "169.254.169.254", "2852039166", "0xa9fea9fe", "025177524776", "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "[fe80::1]", "[fe80::1%25lo]",
        "[fd00:ec2::254]", "224.0.0.1", "[ff02::1]", "255.255.255.255",
    ]

    /// URLs to call, none of which may be.
    package static let urls =
        (Self.loopback + Self.near).map { "http://\($0)/" }
        + [
            "http://127.0.0.1:8080/", "http://169.254.169.254/latest/meta-data/", "http://8.8.8.8:22/",
            "http://8.8.8.8:6379/", "http://does-not-exist.invalid/", "http://8.8.8.8@127.0.0.1/",
        ]
}
