import Foundation
import Testing

/// A network of its own for one test, as root: an "internet" of two addresses with a web server and a name server on
/// this machine's loopback device, and processes that all end with it. Nothing of it reaches the host's network.
struct TestNetwork {
    let scene: Scene

    /// `$SB` is `sandbox` as the caller. `outside/word` is served at 203.0.113.80 and 2001:db8::80, which also
    /// `name.test` stands for; port 8000 of the loopback device is the host's own.
    init(_ scene: Scene) throws {
        self.scene = scene
        try scene.makeFolder(scene.project + "/outside")
        try scene.write("internet\n", to: scene.project + "/outside/word")
        try scene.write(Self.nameServer, to: scene.folder + "/names.c")
        let built = try scene.run(["gcc", "-o", scene.folder + "/names", scene.folder + "/names.c"])
        guard built.isSuccess else { throw TestTrouble("\(built)") }
    }

    func run(_ script: String, within seconds: Double = 40) throws -> Outcome {
        let sandbox = scene.caller.wrap([scene.executable.folder + "/sandbox"]).joined(separator: " ")
        let set = """
            set -e
            mount -t tmpfs -o mode=755 tmpfs /mnt
            ip link set lo up
            ip link add out0 type veth peer name out1; ip link set out1 up; ip link set out0 up
            ip address add 203.0.113.10/24 dev out0; ip -6 address add 2001:db8::10/64 dev out0 nodad
            ip address add 203.0.113.80/32 dev lo; ip -6 address add 2001:db8::80/128 dev lo nodad
            ip route add default via 203.0.113.1; ip -6 route add default via 2001:db8::1
            mknod /mnt/tun c 10 200; chmod 666 /mnt/tun; mount --bind /mnt/tun /dev/net/tun
            printf 'nameserver 127.0.0.53\\nsearch lab.test\\n' >/mnt/resolv.conf
            mount --bind /mnt/resolv.conf "$(readlink -f /etc/resolv.conf)"
            for at in 203.0.113.80:80 '[2001:db8::80]:80' 127.0.0.1:8000 '[::1]:8000'; do
                busybox httpd -p "$at" -h '\(scene.project)/outside'
            done
            '\(scene.folder)/names' &
            SB='\(sandbox)'
            set +e

            """
        // The end of process 1 ends all others.
        let arguments = [
            "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", set + script,
        ]
        return try Child(
            Invocation(arguments: arguments, environment: scene.environment, directory: scene.project)
        ).finish(within: seconds)
    }

    /// Answers every question for an address of IPv4 or IPv6 with those above.
    private static let nameServer = """
        #include <arpa/inet.h>
        #include <string.h>
        #include <sys/socket.h>
        int main(void) {
            unsigned char b[1024], four[4] = {203, 0, 113, 80}, six[16];
            inet_pton(AF_INET6, "2001:db8::80", six);
            struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(53)}, from;
            inet_pton(AF_INET, "127.0.0.53", &at.sin_addr);
            int s = socket(AF_INET, SOCK_DGRAM, 0);
            if (bind(s, (struct sockaddr *)&at, sizeof at)) return 1;
            for (;;) {
                socklen_t l = sizeof from;
                int n = recvfrom(s, b, 512, 0, (struct sockaddr *)&from, &l), i = 12;
                if (n < 17) continue;
                while (i < n - 5 && b[i]) i += b[i] + 1;
                int kind = b[i + 2], size = kind == 1 ? 4 : kind == 28 ? 16 : 0, e = i + 5;
                b[2] = 0x81; b[3] = 0x80; b[7] = size > 0; b[9] = 0; b[11] = 0;
                if (size) {
                    unsigned char head[12] = {0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0, size};
                    memcpy(b + e, head, 12);
                    memcpy(b + e + 12, size == 4 ? four : six, size);
                    e += 12 + size;
                }
                sendto(s, b, e, 0, (struct sockaddr *)&from, l);
            }
        }
        """
}

extension Host {
    /// The device of user mode networks is there, at least for root.
    static let hasTun = access("/dev/net/tun", R_OK | W_OK) == 0
}

extension Trait where Self == ConditionTrait {
    static var needsTun: Self { .enabled(if: Host.hasTun, "/dev/net/tun is missing or closed: modprobe tun") }
}
