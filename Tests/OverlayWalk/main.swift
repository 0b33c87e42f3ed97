import Glibc

// Not a product: walks over a mounted overlay at random beside a tree in memory.
//
//   overlay-walk SANDBOX FOLDER SEED STEPS ROUNDS links|rotate|kernel [OPTIONS]
//
// FOLDER is empty and on the file system to test; mounts are made, so it runs in a mount namespace where that is
// allowed. After each round the overlay is mounted anew: `links` has hard links, `rotate` makes the upper a lower layer,
// `kernel` lets the kernel's overlay have every other round
// (with redirect_dir=off, since each has redirects of its own).
umask(0)
let words = CommandLine.arguments
guard words.count >= 7, let seed = UInt64(words[3]), let steps = Int(words[4]), let rounds = Int(words[5]) else {
    print("usage: overlay-walk SANDBOX FOLDER SEED STEPS ROUNDS links|rotate|kernel [OPTIONS]")
    exit(2)
}
do {
    let layers = try Layers(
        folder: words[2], executable: words[1], options: words.count > 7 ? words[7] : "")
    try walk(layers, seed: seed, steps: steps, rounds: rounds, mode: words[6])
    print("seed \(seed): \(rounds) rounds of \(steps) steps agree")
} catch {
    print("seed \(seed): \((error as? Disagreement)?.text ?? "\(error)")")
    exit(1)
}
