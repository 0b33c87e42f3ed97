/// How much of a lower file a change needs in the upper layer.
package enum CopyUp: Equatable, Sendable {
    /// The lower file serves as it is.
    case none
    /// The file with this many bytes of its data at most.
    case data(limit: Int64)

    package static let all = CopyUp.data(limit: .max)

    /// What an open(2) needs: writing needs the data, truncating needs none of it.
    package static func forOpen(writing: Bool, truncates: Bool) -> CopyUp {
        if truncates { return .data(limit: 0) }
        return writing ? .all : .none
    }

    /// What a change of attributes needs: a new size keeps no more data than the size.
    package static func forSetAttributes(newSize: Int64?) -> CopyUp {
        guard let newSize else { return .all }
        return .data(limit: max(0, newSize))
    }
}
