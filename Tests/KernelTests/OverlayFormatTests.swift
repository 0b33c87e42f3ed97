import Foundation
import Testing

extension Kernel {
    /// Which marks of which overlays are read, and what is written.
    @Suite("overlay: format", .needsUserNamespaces, .needsFuse) struct OverlayFormatTests {
        private static let fill = """
            mkdir -p l/gone/sub l/again/old l/kept/sub; echo 1 >l/file; echo 2 >l/deleted; echo 3 >l/again/old/f
            echo 4 >l/kept/sub/f; ln -s file l/link
            """
        private static let change = """
            rm -r m/gone m/deleted m/again; mkdir m/again; echo new >m/again/n; echo more >>m/kept/sub/f
            chmod 600 m/file; mkdir -p m/made/deep; ln -s other m/made/deep/link; mv m/link m/made/moved
            """
        private static let lines = [
            "again drwxr-xr-x", "again/n 644: new", "file 600: 1", "kept drwxr-xr-x", "kept/sub drwxr-xr-x",
            "kept/sub/f 644: 4", "made drwxr-xr-x", "made/deep drwxr-xr-x", "made/deep/link -> other",
            "made/moved -> file", "more",
        ]

        @Test("the kernel's overlay shows our upper as we do", .needsUserOverlay, arguments: Caller.all)
        func kernelReadsOurs(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                "\(Self.fill); ours redirect_dir=off; \(Self.change); show m; umount m; kernels; show m")
            #expect(outcome.lines == Self.lines + Self.lines, "\(outcome)")
        }

        @Test("we show the kernel's upper as it does", .needsUserOverlay, arguments: Caller.all)
        func weReadKernels(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                "\(Self.fill); kernels; \(Self.change); show m; umount m; ours; show m")
            #expect(outcome.lines == Self.lines + Self.lines, "\(outcome)")
        }

        @Test(
            "a file that the kernel copied up has one inode number, also where we have moved or linked it",
            .needsUserOverlay, .needs("python3", package: "python3"), arguments: Caller.all)
        func numbers(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                """
                mkdir l/a; echo 1 >l/a/f; echo 2 >l/a/g; kernels; echo x >>m/a/f; echo x >>m/a/g; umount m
                ours redirect_dir=off; mkdir m/e m/h; mv m/a/f m/e/f; ln m/a/g m/h/g; umount m; kernels
                for folder in m/e m/h; do python3 -c "if True:
                    import os
                    for e in os.scandir('$folder'): print(e.name, e.inode() == os.stat(e.path).st_ino)"
                done
                """)
            #expect(outcome.lines == ["f True", "g True"], "\(outcome)")
        }

        @Test("whiteouts by name delete, as image layers have them", arguments: Caller.all)
        func names(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                """
                mkdir -p l/dir/sub l2/dir; echo a >l/a; echo b >l/b; echo c >l2/dir/y; touch l/dir/x l2/.wh.a l2/dir/.wh..wh..opq
                "$SANDBOX" overlay mount -o lowerdir=l2:l m; show m; touch m/new
                """)
            #expect(outcome.lines == ["b 644: b", "dir drwxr-xr-x", "dir/y 644: c"], "\(outcome)")
            #expect(outcome.errorText.contains("Read-only file system"), "\(outcome)")
        }

        @Test(
            "folders are opaque by every overlay's attribute", .needs("setfattr", package: "attr"),
            arguments: Caller.all, ["user.overlay.opaque", "user.fuseoverlayfs.opaque"])
        func opaque(_ caller: Caller, _ attribute: String) throws {
            let outcome = try OverlayStage(caller).run(
                "mkdir l/d u/d; touch l/d/low u/d/up; setfattr -n \(attribute) -v y u/d; ours; show m")
            #expect(outcome.lines == ["d drwxr-xr-x", "d/up 644: "], "\(outcome)")
        }

        @Test(
            "empty files with the attribute are whiteouts in folders that say so",
            .needs("setfattr", package: "attr"), arguments: Caller.all)
        func attributeWhiteouts(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                """
                mkdir l/d l/e u/d u/e; touch l/d/f l/e/f u/d/f u/e/f
                setfattr -n user.overlay.whiteout -v y u/d/f; setfattr -n user.overlay.whiteout -v y u/e/f
                setfattr -n user.overlay.opaque -v x u/d; ours; find m | sort
                """)
            #expect(outcome.lines == ["m", "m/d", "m/e", "m/e/f"], "\(outcome)")
        }

        @Test(
            "a mark set from inside is kept for inside and believed by nobody", .needs("setfattr", package: "attr"),
            arguments: Caller.all)
        func forged(_ caller: Caller) throws {
            let outcome = try OverlayStage(caller).run(
                """
                mkdir l/d; touch l/d/low; ours; setfattr -n user.overlay.opaque -v y m/d; umount m; ours; show m
                getfattr --only-values -n user.overlay.opaque m/d; echo
                setfattr -n user.sandbox.overlay.redirect -v /d m/d 2>/dev/null || echo refused
                getfattr -d -m - u/d | grep opaque
                """)
            #expect(
                outcome.lines
                    == ["d drwxr-xr-x", "d/low 644: ", "y", "refused", "user.overlay.overlay.opaque=\"y\""],
                "\(outcome)")
        }

        @Test(
            "a redirect leads nowhere but below a layer's root", .needs("setfattr", package: "attr"),
            arguments: Caller.all, ["/../../..", "/..", "etc", "/d//", "/link", "/"])
        func redirects(_ caller: Caller, _ path: String) throws {
            let outcome = try OverlayStage(caller).run(
                """
                mkdir l/d u/e; touch l/d/low; ln -s / l/link; setfattr -n user.sandbox.overlay.redirect -v '\(path)' u/e
                ours; ls m/e
                """)
            #expect(outcome.lines == [] && outcome.isSuccess, "\(outcome)")
        }
    }
}
