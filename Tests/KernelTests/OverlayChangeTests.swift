import Foundation
import Testing

extension Kernel {
    /// What changes cost and keep; that they agree with what they should do is the walks' matter.
    @Suite("overlay: changes", .needsUserNamespaces, .needsFuse) struct OverlayChangeTests {
        @Test("deleting copies nothing up", arguments: Caller.all)
        func deleting(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                """
                mkdir -p l/d/e; head -c 8000000 /dev/zero | tr '\\0' x >l/big; cp l/big l/d/e/big
                ours; rm m/big; rm -r m/d; find m -mindepth 1; du -sk u w | awk '{ s += $1 } END { print s < 200 }'
                stat -c '%F %t:%T' u/big u/d
                """)
            #expect(
                outcome.lines == ["1", "character special file 0:0", "character special file 0:0"], "\(outcome)")
        }

        /// The kernel writes back the times of a file that it lets go of; that is no reason to copy it.
        @Test("nor does letting go of what was deleted", .needs("strace", package: "strace"), arguments: Caller.all)
        func lettingGo(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                """
                mkdir l/d; for i in $(seq 30); do echo $i >l/d/$i; done
                strace -f -o trace -e trace=openat,copy_file_range "$SANDBOX" overlay mount -f \
                    -o lowerdir=l,upperdir=u,workdir=w m & sleep 0.2
                while ! mountpoint -q m; do sleep 0.05; done
                rm m/d/1 m/d/2; rm -r m/d; ls m; umount m; wait; grep -c 'O_TMPFILE\\|copy_file_range' trace || true
                """)
            #expect(outcome.lines == ["0"], "\(outcome)")
        }

        @Test("an open that truncates copies no data", .needs("strace", package: "strace"), arguments: Caller.all)
        func truncating(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                """
                head -c 8000000 /dev/zero >l/big
                strace -f -o trace -e trace=copy_file_range,ioctl,pwrite64 "$SANDBOX" overlay mount -f \
                    -o lowerdir=l,upperdir=u,workdir=w m & sleep 0.2
                while ! mountpoint -q m; do sleep 0.05; done
                : >m/big; stat -c %s m/big; echo more >>m/big; stat -c %s m/big; umount m; wait
                grep -c 'copy_file_range(.*8000000' trace || true
                """)
            #expect(outcome.lines == ["0", "5", "0"], "\(outcome)")
        }

        @Test("holes stay holes in a copy", arguments: Caller.all)
        func holes(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                """
                truncate -s 100M l/sparse; echo middle | dd of=l/sparse bs=1M seek=50 conv=notrunc status=none
                ours; chmod 600 m/sparse; stat -c %s u/sparse; test $(stat -c %b u/sparse) -lt 1000 && echo holes
                cmp l/sparse m/sparse
                """, within: 50)
            #expect(outcome.lines == ["104857600", "holes"] && outcome.isSuccess, "\(outcome)")
        }

        @Test("who has a file open sees the copy", arguments: Caller.all)
        func openBefore(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                "echo low >l/f; ours; exec 3<m/f; echo up >>m/f; cat <&3; rm m/f; exec 4</proc/self/fd/3; cat <&4")
            #expect(outcome.lines == ["low", "up", "low", "up"], "\(outcome)")
        }

        @Test("everything has one device, whatever the layers are on", arguments: Caller.all)
        func oneDevice(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                """
                mount -t tmpfs t l; mkdir l/d; touch l/d/low l/other; touch u/up; ours; touch m/d/new
                find m -printf '%D\\n' | sort -u | wc -l; find m -printf '%i\\n' | sort | uniq -d
                """)
            #expect(outcome.lines == ["1"], "\(outcome)")
        }

        @Test("inode numbers stay over copy-up and remount", arguments: Caller.all)
        func numbers(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                """
                mkdir l/d; echo 1 >l/d/f; ours; stat -c %i m/d m/d/f >1; echo 2 >>m/d/f; stat -c %i m/d m/d/f >2
                umount m; ours; stat -c %i m/d m/d/f >3; cmp 1 2; cmp 1 3; ls -i m/d | awk '{ print $1 }' >4
                tail -n 1 1 | cmp - 4 && echo same
                """)
            #expect(outcome.lines == ["same"], "\(outcome)")
        }

        @Test("five hundred lower layers", arguments: Caller.all)
        func manyLayers(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                """
                layers=l; mkdir l/d
                for i in $(seq 499); do mkdir -p x$i/d; echo $i >x$i/d/$i; layers=$layers:x$i; done
                "$SANDBOX" overlay mount -o "lowerdir=$layers,upperdir=u,workdir=w" m
                ls m/d | wc -l; cat m/d/499; rm m/d/250; ls m/d | wc -l
                """, within: 50)
            #expect(outcome.lines == ["499", "499", "498"], "\(outcome)")
        }

        @Test("a file's owner goes along, and is kept", arguments: Caller.all)
        func owners(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                "echo 1 >l/f; chown 12:34 l/f; ours; chmod 640 m/f; chown 5 m/f; stat -c %u:%g:%a m/f u/f")
            #expect(outcome.lines == ["5:34:640", "5:34:640"], "\(outcome)")
        }
    }
}
