/// Walks `rounds` times, the overlay mounted anew before each; everything is compared after each mount.
func walk(_ layers: Layers, seed: UInt64, steps: Int, rounds: Int, mode: String) throws {
    var dice = Dice(seed: seed)
    let rules = Walk.Rules(
        links: mode == "links", redirects: mode != "kernel", whiteoutNames: mode == "links")
    let root = try layers.fill(&dice, links: rules.links)
    let walk = Walk(seed: dice.next(), root: root, rules: rules)
    for round in 0..<rounds {
        let byKernel = mode == "kernel" && round % 2 == 1
        try layers.mount(byKernel: byKernel)
        do {
            walk.doing = "mounted anew for round \(round)"
            try walk.compareAll()
            try walk.run(steps, comparingEvery: 250)
            try walk.compareAll()
        } catch {
            walk.releaseAll()
            do { try layers.unmount() } catch {}  // the disagreement is what counts
            throw error
        }
        walk.releaseAll()
        try layers.unmount()
        if mode == "rotate" {
            try layers.rotate()
            root.forEach { $0.isLower = true }
        }
        // Only files and folders can note where their number came from; the kernel notes it otherwise.
        root.forEach { if mode == "kernel" || ($0.kind != .file && !$0.isFolder) { $0.number = nil } }
    }
}
