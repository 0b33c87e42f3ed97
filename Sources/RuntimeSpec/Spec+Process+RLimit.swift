extension Spec.Process.RLimit {
    /// The resources of getrlimit(2).
    package enum Kind: String, JSONChoice {
        package static let noun = "rlimit type"
        case addressSpace = "RLIMIT_AS"
        case core = "RLIMIT_CORE"
        case cpu = "RLIMIT_CPU"
        case data = "RLIMIT_DATA"
        case fileSize = "RLIMIT_FSIZE"
        case locks = "RLIMIT_LOCKS"
        case lockedMemory = "RLIMIT_MEMLOCK"
        case messageQueue = "RLIMIT_MSGQUEUE"
        case nice = "RLIMIT_NICE"
        case noFile = "RLIMIT_NOFILE"
        case processes = "RLIMIT_NPROC"
        case residentSet = "RLIMIT_RSS"
        case realtimePriority = "RLIMIT_RTPRIO"
        case realtimeTime = "RLIMIT_RTTIME"
        case pendingSignals = "RLIMIT_SIGPENDING"
        case stack = "RLIMIT_STACK"
    }
}
