import Foundation
import Testing

/// Folders for an overlay, and scripts that mount it in a mount namespace of their own: as root, or as an ordinary
/// user with subordinate ids in a user namespace too, where root is who called.
///
/// A script starts in the stage's folder, which has `l`, `u`, `w` and `m`, and knows
/// - `ours [OPTIONS]` and `kernels [OPTIONS]`: mount the layers at `m` by our overlay or by the kernel's;
/// - `show FOLDER`: what it shows, a line for each name, with contents.
struct OverlayStage {
    let scene: Scene
    let folder: String

    init(_ caller: Caller) throws {
        scene = try Scene(caller)
        folder = scene.folder + "/overlay"
        for path in ["", "/l", "/u", "/w", "/m", "/k"] { try scene.makeFolder(folder + path) }
    }

    private static let words = #"""
        set -eu
        ours() { "$SANDBOX" overlay mount -o "lowerdir=l,upperdir=u,workdir=w${1:+,$1}" m; }
        kernels() { mount -t overlay -o "userxattr,lowerdir=l,upperdir=u,workdir=k${1:+,$1}" o m; }
        show() {
            find "$1" -mindepth 1 \( -type f -printf '%P %m: ' -exec cat {} \; -o -type l -printf '%P -> %l\n' \
                -o -printf '%P %M\n' \) | sort
        }

        """#

    /// How a script is started: the process itself is the namespace's first.
    func words(_ script: String) -> [String] {
        let user = scene.caller.isRoot ? [] : ["--user", "--map-root-user", "--map-auto"]
        return ["unshare"] + user + ["--mount", "sh", "-c", Self.words + script]
    }

    func run(_ script: String, within seconds: Double = 30) throws -> Outcome {
        try scene.run(words(script), environment: environment, in: folder, within: seconds)
    }

    func start(_ script: String) throws -> Child {
        try Child(scene.invocation(words(script), environment: environment, in: folder))
    }

    private var environment: [String: String] { ["SANDBOX": scene.executable.folder + "/sandbox"] }

    /// Starts the walk of Tests/OverlayWalk, built beside the tests.
    func walk(seed: Int, steps: Int, rounds: Int, mode: String, options: String = "") throws -> Outcome {
        let built = FileManager.default.currentDirectoryPath + "/.build/debug/overlay-walk"
        let program = scene.executable.folder + "/overlay-walk"
        if access(program, X_OK) != 0 { try FileManager.default.copyItem(atPath: built, toPath: program) }
        try scene.makeFolder(folder + "/walk")
        return try run(
            "exec \(program) \"$SANDBOX\" \(folder)/walk \(seed) \(steps) \(rounds) \(mode) \(options)", within: 55)
    }
}

extension Host {
    /// The kernel's overlay can be mounted in a user namespace (overlayfs.rst, "userxattr"; kernel 5.11).
    static let hasUserOverlay: Bool = {
        guard let stage = try? OverlayStage(Caller.ordinary ?? .current) else { return false }
        return (try? stage.run("kernels"))?.isSuccess ?? false
    }()
}

extension Trait where Self == ConditionTrait {
    static var needsUserOverlay: Self {
        .enabled(if: Host.hasUserOverlay, "the kernel's overlay cannot be mounted in a user namespace here")
    }
}
