/// The candidate most like a misspelt name, if one is close: at most two letters put in, taken out or replaced.
package func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
    let letters = Array(name.utf8)
    var best: (distance: Int, name: String)?
    for candidate in candidates {
        let limit = best?.distance ?? 3
        let distance = editDistance(letters, Array(candidate.utf8), limit: limit)
        if distance < limit { best = (distance, candidate) }
    }
    return best?.name
}

/// How many letters have to be put in, taken out or replaced; `limit` when it is that many or more.
private func editDistance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int {
    if abs(left.count - right.count) >= limit { return limit }
    var row = Array(0...right.count)
    for (i, letter) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, other) in right.enumerated() {
            let cost = min(row[j + 1] + 1, row[j] + 1, diagonal + (letter == other ? 0 : 1))
            diagonal = row[j + 1]
            row[j + 1] = cost
        }
    }
    return min(row[right.count], limit)
}
