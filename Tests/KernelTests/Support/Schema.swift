import Foundation

/// The part of JSON Schema draft 4 that the specification's schemas use, enough to hold a document against one.
struct Schema {
    private static func load(_ file: String) throws -> Any {
        // Beside this file: a resource would need Foundation's Bundle, whose name the tests have for OCI's.
        let folder = URL(fileURLWithPath: "\(#filePath)").deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appendingPathComponent("Schemas/\(file)"))
        return try JSONSerialization.jsonObject(with: data)
    }

    /// What in `document` offends the schema in `file`, each with its place; empty is right.
    static func offences(of document: Any, against file: String) throws -> [String] {
        try check(document, load(file), file, "$")
    }

    private static func check(_ value: Any, _ schema: Any, _ file: String, _ place: String) throws -> [String] {
        guard let rules = schema as? [String: Any] else { return ["\(place): the schema has no rules"] }
        if let reference = rules["$ref"] as? String {
            let (target, next) = try resolve(reference, file)
            return try check(value, target, next, place)
        }
        var found: [String] = []
        if let type = rules["type"] as? String, !Self.fits(value, type) { found.append("\(place): is no \(type)") }
        if let choices = rules["enum"] as? [String], !choices.contains(value as? String ?? "") {
            found.append("\(place): \(value) is none of \(choices)")
        }
        if let pattern = rules["pattern"] as? String, let text = value as? String,
            text.range(of: pattern, options: .regularExpression) == nil
        {
            found.append("\(place): \(text) does not match \(pattern)")
        }
        if let least = rules["minimum"] as? Double, let number = value as? Double, number < least {
            found.append("\(place): \(number) is less than \(least)")
        }
        for name in rules["required"] as? [String] ?? [] where (value as? [String: Any])?[name] == nil {
            found.append("\(place): \(name) is missing")
        }
        for (name, rule) in rules["properties"] as? [String: Any] ?? [:] {
            guard let inner = (value as? [String: Any])?[name] else { continue }
            found += try check(inner, rule, file, "\(place).\(name)")
        }
        if let rule = rules["items"] {
            for (index, item) in (value as? [Any] ?? []).enumerated() {
                found += try check(item, rule, file, "\(place)[\(index)]")
            }
        }
        for rule in rules["allOf"] as? [Any] ?? [] { found += try check(value, rule, file, place) }
        return found
    }

    private static func resolve(_ reference: String, _ file: String) throws -> (Any, String) {
        let parts = reference.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
        let target = parts[0].isEmpty ? file : parts[0]
        var node = try load(target)
        for name in (parts.count > 1 ? parts[1] : "").split(separator: "/") {
            guard let next = (node as? [String: Any])?[String(name)] else {
                throw TestTrouble("the schema has no \(reference)")
            }
            node = next
        }
        return (node, target)
    }

    private static func fits(_ value: Any, _ type: String) -> Bool {
        switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "boolean": value is Bool
        case "integer", "number": value is NSNumber
        case "null": value is NSNull
        default: false
        }
    }
}
