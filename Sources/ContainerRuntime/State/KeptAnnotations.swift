import RuntimeSpec

/// Annotations as the state file has them: the type of a dictionary would be put together at run time, by every verb.
struct KeptAnnotations: JSONValue {
    let json: JSON

    init(_ annotations: [String: String]) { json = annotations.json }

    init(json: JSON) throws(JSONFailure) {
        guard case .object(let members) = json else { throw JSONFailure(expected: "an object", found: json) }
        for member in members {
            guard case .string = member.value else {
                throw JSONFailure(expected: "a string", found: member.value).under(.key(member.key))
            }
        }
        self.json = json
    }

    var all: [String: String] {
        guard case .object(let members) = json else { return [:] }
        var all: [String: String] = [:]
        for member in members {
            if case .string(let text) = member.value { all[member.key] = text }
        }
        return all
    }
}
