import Foundation
import Testing

/// A program that connects networks, or what is said where it is missing.
enum NetworkProgram: String, CaseIterable, CustomTestStringConvertible {
    case pasta, slirp4netns

    var testDescription: String { rawValue }
    /// How the names of its processes begin.
    var name: String { self == .pasta ? "pas[st]" : "slirp4netns" }
    static let present = allCases.filter { Host.has($0.rawValue) }
}

extension Kernel {
    @Suite(
        "networks in user mode", .needsUserNamespaces, .needsFuse, .needsRoot, .needsTun,
        .needs("ip", package: "iproute2"), .needs("busybox", package: "busybox-static"), .needs("gcc", package: "gcc"),
        .enabled(if: !NetworkProgram.present.isEmpty, "no program is installed: apt-get install passt slirp4netns"))
    struct UserNetworkTests {
        @Test(
            "the outside is reached by addresses and names, this machine's own services are not",
            arguments: Caller.all, NetworkProgram.present)
        func reach(_ caller: Caller, _ program: NetworkProgram) throws {
            let network = try TestNetwork(Scene(caller))
            // The gateways and resolvers of both programs stand for the host in their defaults.
            try network.scene.write(
                """
                get() { timeout 3 busybox wget -q -O - "http://$1/word" 2>/dev/null; }
                echo "four $(get 203.0.113.80)"; echo "six $(get '[2001:db8::80]')"
                getent ahostsv4 name | head -n 1; echo "name $(get name.test)"
                for at in 127.0.0.1 '[::1]' 10.0.2.2 10.0.2.3 203.0.113.1 169.254.1.1 '[fd00::2]' '[fe80::2]' 0.0.0.0; do
                    [ -z "$(get "$at:8000")" ] || echo "REACHED $at"
                done
                cat /etc/resolv.conf; echo x 2>/dev/null >>/etc/resolv.conf || echo unwritten
                """, to: network.scene.project + "/inside.sh")
            let outcome = try network.run("$SB run -q --net user:\(program) -- sh inside.sh; echo status $?")
            for line in ["four internet", "six internet", "name internet", "search lab.test", "unwritten", "status 0"] {
                #expect(outcome.lines.contains(line), "\(line): \(outcome)")
            }
            #expect(outcome.text.contains("203.0.113.80 "), "\(outcome)")
            #expect(!outcome.text.contains("REACHED"), "\(outcome)")
        }

        @Test("a published port leads inside, and no other does", arguments: Caller.all, NetworkProgram.present)
        func published(_ caller: Caller, _ program: NetworkProgram) throws {
            let network = try TestNetwork(Scene(caller))
            let outcome = try network.run(
                """
                $SB run -q --net user:\(program) --publish 8080:80 -- sh -c '
                    busybox httpd -p 80 -h outside; busybox httpd -p 81 -h outside; echo up; exec \(network.scene.nap)' &
                inner=$!
                for at in 8080 8081 80 81; do
                    for try in $(seq 50); do
                        word=$(timeout 3 busybox wget -q -O - http://127.0.0.1:$at/word 2>/dev/null)
                        [ $at = 8080 ] && [ -z "$word" ] || break; sleep 0.1
                    done
                    echo "$at: $word"
                done
                kill $inner; wait $inner
                $SB run -q --net user:\(program) --publish 8000:80 -- true; echo "taken $?"
                ls -d /tmp/sandbox-network* 2>/dev/null
                """)
            for line in ["8080: internet", "8081: ", "80: ", "81: ", "taken 125"] {
                #expect(outcome.lines.contains(line), "\(line): \(outcome)")
            }
            #expect(outcome.errorText.contains("ss -tulpn"), "\(outcome)")
            #expect(!outcome.text.contains("sandbox-network"), "\(outcome)")
        }

        @Test(
            "the program ends with the sandbox, and when its supervisor is killed", arguments: Caller.all,
            NetworkProgram.present)
        func ends(_ caller: Caller, _ program: NetworkProgram) throws {
            let network = try TestNetwork(Scene(caller))
            // Pasta starts another executable of itself where the processor has more to offer (pasta.avx2, passt.avx2). A
            // killed process whose parent has not asked after it yet is a zombie.
            let outcome = try network.run(
                """
                alive() { grep -l '^State:.[^Z]' $(grep -sl '^Name:.\(program.name)' /proc/[0-9]*/status) /dev/null | wc -l; }
                $SB run -q --net user:\(program) -- true; echo "after the end: $(alive)"
                $SB run -q --net user:\(program) -- \(network.scene.nap) & inner=$!
                for try in $(seq 100); do [ "$(alive)" = 0 ] || break; sleep 0.05; done
                sleep 0.5; echo "running: $(alive)"
                kill -9 $inner
                for try in $(seq 100); do [ "$(alive)" != 0 ] || break; sleep 0.05; done
                echo "after the kill: $(alive)"
                """)
            #expect(
                outcome.lines == ["after the end: 0", "running: 1", "after the kill: 0"], "\(outcome)")
        }

        @Test("a shell of the project has such a network by itself; run and build have none", arguments: Caller.all)
        func defaults(_ caller: Caller) throws {
            let network = try TestNetwork(Scene(caller))
            let get = "timeout 3 busybox wget -q -O - http://203.0.113.80/word"
            let outcome = try network.run(
                """
                echo "shell $($SB shell -q -- \(get))"
                echo "run $($SB run -q -- \(get) 2>/dev/null)"
                echo "build $($SB build -q --fetch '\(get) >fetched' -- sh -c 'cat fetched; \(get) && echo OUT' 2>/dev/null)"
                """)
            #expect(outcome.lines == ["shell internet", "run ", "build internet"], "\(outcome)")
        }
    }

    @Suite("networks: joined, and off", .needsUserNamespaces, .needsFuse, .needs("busybox", package: "busybox-static"))
    struct RunNetworkTests {
        @Test("a sandbox joins the network of another, and one joins that in turn", arguments: Caller.all)
        func joined(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                try scene.write("inner\n", to: scene.project + "/word")
                let first = try scene.start(
                    "run", "-q", "--name", "one", "--", "sh", "-c",
                    "busybox httpd -p 127.0.0.1:9000; echo ready; read line")
                try first.waitForOutput("ready")
                let get = "timeout 3 busybox wget -q -O - http://127.0.0.1:9000/word"
                let second = try scene.start(
                    "run", "-q", "--name", "two", "--net", "join:one", "--", "sh", "-c", "\(get); read line")
                try second.waitForOutput("inner")
                let third = try scene.shell(
                    "\(get); readlink /proc/self/ns/net; ls /proc | grep -c '^[0-9]'", options: ["--net", "join:two"])
                #expect(third.lines.first == "inner", "\(third)")
                // The processes of the others are not to be seen: process 1, the shell, ls and grep.
                #expect(third.lines.last.flatMap { Int($0) }.map { $0 <= 5 } == true, "\(third)")
                let inside = try scene.sandbox("exec", "two", "--", "readlink", "/proc/self/ns/net")
                #expect(inside.isSuccess && third.lines.contains(inside.lines.first ?? "?"), "\(inside) \(third)")
                if !caller.isRoot {
                    let other = try scene.sandbox("run", "--as-root", "--net", "join:one", "--", "true")
                    #expect(other.ending == .exited(125) && other.errorText.contains("--as-root"), "\(other)")
                }
                _ = second.finish(feeding: [10])
                _ = first.finish(feeding: [10])
                let ended = try scene.sandbox("run", "--net", "join:one", "--", "true")
                #expect(ended.ending == .exited(125) && ended.errorText.contains("\"one\""), "\(ended)")
            }
        }

        @Test("a command that fails for want of the network is told which option opens it", arguments: Caller.all)
        func hint(_ caller: Caller) throws {
            let scene = try Scene(caller)
            let words = "the network is off"
            for command in ["timeout 3 busybox wget -q http://203.0.113.80/", "getent hosts nowhere.test"] {
                let outcome = try scene.shell(command)
                #expect(!outcome.isSuccess && outcome.errorText.contains(words), "\(command): \(outcome)")
                #expect(outcome.errorText.contains("--net user"), "\(outcome)")
                let quiet = try scene.shell(command, options: ["-q"])
                #expect(!quiet.errorText.contains(words), "\(quiet)")
            }
            let local =
                "busybox httpd -p 127.0.0.1:9000; timeout 3 busybox wget -q -O /dev/null http://127.0.0.1:9000/no"
            for command in ["exit 3", "\(local); exit 4", "timeout 3 busybox wget -q http://203.0.113.80/; true"] {
                let outcome = try scene.shell(command)
                #expect(!outcome.errorText.contains(words), "\(command): \(outcome)")
            }
        }

        @Test("what cannot be is refused before anything is made", arguments: Caller.all)
        func refused(_ caller: Caller) throws {
            let scene = try Scene(caller)
            try leavesNothing(scene) {
                for (options, word) in [
                    (["--publish", "8080:80"], "--net user"), (["--net", "bridge"], "no such network"),
                    (["--net", "join:nobody"], "\"nobody\""), (["--net", "host", "--publish", "1:1"], "--publish"),
                    (["--net", "user:vpn"], "no such program"), (["--publish", "80"], "--publish \"80\""),
                ] as [([String], String)] {
                    let outcome = try scene.shell("true", options: options)
                    #expect(
                        outcome.ending == .exited(125) && outcome.errorText.contains(word), "\(options): \(outcome)")
                }
            }
        }
    }
}
