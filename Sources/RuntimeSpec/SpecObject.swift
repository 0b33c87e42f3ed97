/// A type that mirrors one object of a document.
///
/// `visit` names each property once, for reading and for writing, so the two cannot drift apart.
package protocol SpecObject: JSONValue {
    /// A value for reading to fill; its required properties mean nothing until then.
    static var blank: Self { get }
    /// Properties this version of the specification does not know, kept and written back. The specification tells
    /// runtimes to ignore them (config.md, Extensibility).
    var unknown: [JSON.Member] { get set }
    mutating func visit(_ properties: inout Properties)
}

extension SpecObject {
    package init(json: JSON) throws(JSONFailure) {
        guard case .object(let members) = json else { throw JSONFailure(expected: "an object", found: json) }
        var properties = Properties(reading: members)
        self = .blank
        visit(&properties)
        if let failure = properties.failure { throw failure }
        unknown = properties.rest
    }

    package var json: JSON {
        var properties = Properties()
        var copy = self
        copy.visit(&properties)
        return .object(properties.members + unknown)
    }
}
