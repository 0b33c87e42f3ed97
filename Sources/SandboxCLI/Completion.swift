/// Every verb as the shells complete it.
let completionVerbs: [CompletionVerb] = [
    CompletionVerb("run", "Run a command in a sandbox.", options: RunCommand(), takesCommand: true).followed(
        by: .commands),
    CompletionVerb(
        "build", "Run a command on a copy of the project, for review.", options: BuildCommand(), takesCommand: true
    ).followed(by: .commands),
    CompletionVerb("diff", "Show what builds have changed.", options: DiffCommand(), takesCommand: false),
    CompletionVerb("apply", "Take changes of builds into the project.", options: ApplyCommand(), takesCommand: false),
    CompletionVerb("discard", "Drop what builds have changed.", options: DiscardCommand(), takesCommand: false),
    CompletionVerb("undo", "Take the last apply back.", options: UndoCommand(), takesCommand: false),
    CompletionVerb(
        "adopt", "Take over what is kept for a project that was moved.", options: AdoptCommand(), takesCommand: false),
    CompletionVerb("shell", "A shell of the project's own.", options: ShellOptions(), takesCommand: false).followed(
        by: .shells),
    CompletionVerb("ps", LifeVerb.ps.abstract, options: PsOptions(), takesCommand: false),
    CompletionVerb("stats", "Show what sandboxes use.", options: StatsOptions(), takesCommand: false).followed(
        by: .running),
    CompletionVerb("logs", LifeVerb.logs.abstract, options: LogsOptions(), takesCommand: false).followed(
        by: .sandboxes),
    CompletionVerb("exec", LifeVerb.exec.abstract, options: JoinOptions(), takesCommand: true).followed(by: .running),
    CompletionVerb("attach", LifeVerb.attach.abstract, options: AttachOptions(), takesCommand: false).followed(
        by: .running),
    CompletionVerb("stop", LifeVerb.stop.abstract, options: StopOptions(), takesCommand: false).followed(by: .running),
    CompletionVerb("kill", LifeVerb.kill.abstract, options: KillOptions(), takesCommand: false).followed(by: .running),
    CompletionVerb("rm", LifeVerb.rm.abstract, options: RemoveOptions(), takesCommand: false).followed(by: .sandboxes),
    CompletionVerb("inspect", LifeVerb.inspect.abstract, options: InspectOptions(), takesCommand: false).followed(
        by: .sandboxes),
    CompletionVerb("wait", LifeVerb.wait.abstract, options: WaitOptions(), takesCommand: false).followed(
        by: .sandboxes),
    CompletionVerb("prune", LifeVerb.prune.abstract, options: PruneOptions(), takesCommand: false),
    CompletionVerb("init", "Write a project file.", options: InitCommand(), takesCommand: false),
    CompletionVerb("trust", "Read the project file and say yes to it.", options: TrustCommand(), takesCommand: false),
    CompletionVerb("doctor", "Say what this host lacks, and the line that mends it.", DoctorCommand.self),
    CompletionVerb(
        "profile", "List, show, compare, check, compile and record profiles.",
        words: ["list", "show", "diff", "check", "compile", "explain", "export", "record"]
    ).followed(by: .profiles),
    CompletionVerb(
        "image", "Bring in, look at, hand out and remove images.",
        words: ["import", "pull", "build-rootfs", "list", "inspect", "export", "bundle", "rm", "prune"]
    ).followed(by: .images),
    CompletionVerb(
        "oci", "The OCI runtime, as engines call it.", options: OCIMain.globalFlags.flatMap(\.completionRows),
        verbs: OCIVerb.all.map { CompletionVerb($0.name, $0.summary, options: $0.flags.flatMap(\.completionRows)) }),
    CompletionVerb("overlay", "Mount the FUSE overlay by itself.", words: ["mount"]),
]

/// A completion script for `bash`, `zsh` or `fish`; nil for any other shell.
func completionScript(_ shell: String) -> String? {
    switch shell {
    case "bash": CompletionScript(verbs: completionVerbs).bash
    case "zsh": CompletionScript(verbs: completionVerbs).zsh
    case "fish": CompletionScript(verbs: completionVerbs).fish
    default: nil
    }
}
