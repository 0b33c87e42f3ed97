import Foundation
import Testing

extension Kernel {
    /// The server's life: its start, its end, and its death.
    @Suite("overlay: life", .needsUserNamespaces, .needsFuse) struct OverlayLifeTests {
        @Test("the mount stands when the command returns, and goes in order", arguments: Caller.all)
        func inOrder(_ caller: Caller) throws {
            let stage = try OverlayStage(caller)
            try leavesNothing(stage.scene) {
                let outcome = try stage.run("echo 1 >l/f; ours; cat m/f; umount m; ls m; echo end")
                #expect(outcome.lines == ["1", "end"], "\(outcome)")
            }
        }

        @Test("SIGTERM unmounts", arguments: Caller.all, [SIGTERM, SIGINT, SIGHUP])
        func signals(_ caller: Caller, _ signal: Int32) throws {
            let outcome = try OverlayStage(caller).run(
                """
                "$SANDBOX" overlay mount -f -o lowerdir=l,upperdir=u,workdir=w m & server=$!
                while ! mountpoint -q m; do sleep 0.02; done; kill -\(signal) $server; wait $server; echo $?
                mountpoint -q m || echo unmounted
                """)
            #expect(outcome.lines == ["0", "unmounted"], "\(outcome)")
        }

        @Test("a killed server gives an error, not a hang", arguments: Caller.all)
        func killed(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                """
                echo 1 >l/f; "$SANDBOX" overlay mount -f -o lowerdir=l,upperdir=u,workdir=w m & server=$!
                while ! mountpoint -q m; do sleep 0.02; done
                cat m/f; exec 3<m/f; kill -9 $server; sleep 0.2; timeout 5 cat m/g || echo failed; exec 3<&-; umount m; ours; cat m/f
                """)
            #expect(outcome.lines == ["1", "failed", "1"], "\(outcome)")
            #expect(outcome.errorText.contains("endpoint is not connected"), "\(outcome)")
        }

        /// The kill comes at any moment of copy-ups, renames and removals; what then is there is the old or the new.
        @Test("a server killed at work leaves no torn file", arguments: Caller.all, [0.02, 0.07, 0.15, 0.3])
        func untorn(_ caller: Caller, _ delay: Double) throws {
            let outcome = try OverlayStage(caller).run(
                """
                head -c 300000 /dev/zero | tr '\\0' o >old; (cat old; echo new) >new
                for i in $(seq 60); do cp old l/f$i; cp old l/r$i; cp old l/d$i; done
                "$SANDBOX" overlay mount -f -o lowerdir=l,upperdir=u,workdir=w,writeback=0 m & server=$!
                while ! mountpoint -q m; do sleep 0.02; done
                (sleep \(delay); kill -9 $server) &
                (for i in $(seq 60); do
                    echo new >>m/f$i; mv m/r$i m/moved$i; rm m/d$i
                done) 2>/dev/null || true
                wait; umount m; ours
                for i in $(seq 60); do
                    cmp -s m/f$i old || cmp -s m/f$i new || echo "f$i is torn"
                    if [ -e m/r$i ]; then place=m/r$i; else place=m/moved$i; fi
                    [ -e m/r$i ] && [ -e m/moved$i ] && echo "r$i is there twice"
                    cmp -s $place old || echo "r$i is torn"
                    [ ! -e m/d$i ] || cmp -s m/d$i old || echo "d$i is torn"
                done
                ls w/stage | grep -v whiteout || echo clean
                """, within: 50)
            #expect(outcome.lines == ["clean"], "\(outcome)")
        }

        /// The lower layer `stuck` is an overlay whose server is stopped.
        @Test("a request that waits for a layer holds nobody else up", arguments: Caller.all)
        func heldUp(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                """
                mkdir stuck l/d; for i in $(seq 30); do echo $i >l/d/$i; done
                "$SANDBOX" overlay mount -f -o lowerdir=l,cache=0 stuck & below=$!
                while ! mountpoint -q stuck; do sleep 0.02; done
                mkdir top; for i in $(seq 30); do echo $i >top/$i; done
                "$SANDBOX" overlay mount -o lowerdir=top:stuck,upperdir=u,workdir=w,cache=0 m
                kill -STOP $below
                cat m/missing1 2>/dev/null & cat m/missing2 2>/dev/null & sleep 0.1
                timeout 10 sh -c 'for i in $(seq 30); do cat m/$i; done' | wc -l
                kill -CONT $below; umount m; kill $below; wait
                """)
            #expect(outcome.lines == ["30"], "\(outcome)")
        }

        @Test("many ask at once", arguments: Caller.all, ["", "threads=1", "threads=2"])
        func crowd(_ caller: Caller, _ options: String) throws {
            let outcome = try OverlayStage(caller).run(
                """
                for i in $(seq 40); do mkdir -p l/$i; for j in $(seq 20); do echo $j >l/$i/$j; done; done
                ours \(options)
                for k in $(seq 8); do (cat m/*/* | wc -l; for i in $(seq 30); do echo $i >m/$k.$i; done) & done; wait
                cat m/?.* | wc -l
                """)
            #expect(outcome.lines == Array(repeating: "800", count: 8) + ["240"], "\(outcome)")
        }

        @Test("works with few open files allowed", arguments: Caller.all)
        func fewDescriptors(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                """
                for i in $(seq 40); do for j in $(seq 20); do mkdir -p l/$i/$j; echo $j >l/$i/$j/f; done; done
                (ulimit -n 128; ours)
                find m -type f | wc -l; cat m/*/*/f | wc -l; rm -r m/1 m/2; echo x >m/3/3/f; find m -type f | wc -l
                """, within: 50)
            #expect(outcome.lines == ["800", "800", "760"], "\(outcome)")
        }

        @Test("memory does not grow with files made and deleted", arguments: Caller.all)
        func memory(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                """
                "$SANDBOX" overlay mount -f -o lowerdir=l,upperdir=u,workdir=w m & server=$!
                while ! mountpoint -q m; do sleep 0.02; done
                round() { seq -f m/%.0f 6000 | xargs touch; seq -f m/%.0f 6000 | xargs rm; }
                resident() { awk '/VmRSS/ { print $2 }' /proc/$server/status; }
                round; before=$(resident); round; round; round; after=$(resident)
                [ $((after - before)) -lt 3000 ] && echo flat || echo "$before KiB, then $after"
                kill $server; wait
                """, within: 55)
            #expect(outcome.lines == ["flat"], "\(outcome)")
        }

        @Test("without an upper nothing can be changed", arguments: Caller.all)
        func readOnly(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                """
                touch l/f; "$SANDBOX" overlay mount -o lowerdir=l m
                for c in 'touch m/g' 'rm m/f' 'mkdir m/d' 'mv m/f m/g' 'chmod 600 m/f' 'truncate -s 0 m/f'; do
                    $c 2>&1 | grep -c 'Read-only file system'
                done
                """)
            #expect(outcome.lines == ["1", "1", "1", "1", "1", "1"], "\(outcome)")
        }

        @Test(
            "a wrong call says what is wrong",
            arguments: [
                ("-o lowerdir=l", "one mount point is needed"), ("m", "lowerdir= is missing"),
                ("-o lowerdir=missing m", "\"missing\""), ("-o lowerdir=l,upperdir=u m", "workdir="),
                ("-o lowerdir=l,nonsense=1 m", "\"nonsense\""), ("-o lowerdir=l,threads=many m", "\"many\""),
                ("-o lowerdir=l,redirect_dir=maybe m", "\"maybe\""), ("-o lowerdir=l,timeout=long m", "\"long\""),
                ("-o lowerdir=l,xattr_permissions=2 m", "xattr_permissions=2"),
            ])
        func wrongCalls(_ arguments: String, _ words: String) throws {
            let outcome = try OverlayStage(.current).run("\"$SANDBOX\" overlay mount \(arguments)")
            #expect(outcome.ending == .exited(1), "\(outcome)")
            #expect(
                outcome.errorText.hasPrefix("sandbox: overlay: ") && outcome.errorText.contains(words), "\(outcome)")
        }
    }
}
