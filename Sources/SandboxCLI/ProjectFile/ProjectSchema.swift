import Launcher
import RuntimeSpec

/// The JSON Schema of `sandbox.toml`, from the same options that are read: `sandbox init --schema`.
enum ProjectSchema {
    static var text: String { String(decoding: json.encodedPretty(), as: UTF8.self) }

    static var json: JSON {
        let run = rows(RunCommand(), without: ProjectConfiguration.exceptions)
        let build = rows(BuildCommand(), without: ProjectConfiguration.buildExceptions)
        let named = object(run.map(property) + [command, description], required: ["run"])
        let shell = object(run.map(property) + [description])
        return object(
            head: [
                JSON.Member("$schema", .string("http://json-schema.org/draft-07/schema#")),
                JSON.Member("title", .string("sandbox.toml")),
                JSON.Member("description", .string("The project file of sandbox.")),
            ],
            run.map(property) + [
                JSON.Member("build", object(build.map(property) + [command, description])),
                JSON.Member("command", each(named)), JSON.Member("shell", each(shell)),
            ])
    }

    private static func rows(_ options: some CommandOptions, without exceptions: Set<String>) -> [OptionVisitor.Row] {
        type(of: options).rows(of: options).filter { !exceptions.contains($0.key) }
    }

    private static func object(
        head: [JSON.Member] = [], _ properties: [JSON.Member], required: [String] = []
    ) -> JSON {
        var members = head + [JSON.Member("type", .string("object"))]
        if !required.isEmpty { members.append(JSON.Member("required", .array(required.map { .string($0) }))) }
        return .object(
            members + [
                JSON.Member("additionalProperties", .bool(false)), JSON.Member("properties", .object(properties)),
            ])
    }

    private static func each(_ schema: JSON) -> JSON {
        .object([JSON.Member("type", .string("object")), JSON.Member("additionalProperties", schema)])
    }

    private static func types(_ names: String...) -> JSON.Member {
        JSON.Member("type", names.count == 1 ? .string(names[0]) : .array(names.map { .string($0) }))
    }

    private static func property(_ row: OptionVisitor.Row) -> JSON.Member {
        var members = [JSON.Member("description", .string(row.help))]
        let one = JSON.object([types("string", "number")])
        if row.value == nil {
            members.append(types("boolean"))
        } else if !row.repeats {
            members.append(types("string", "number"))
        } else {
            let isNamed = row.value?.contains("=") == true
            members.append(isNamed ? types("string", "array", "object") : types("string", "array"))
            members.append(JSON.Member("items", one))
            if isNamed { members.append(JSON.Member("additionalProperties", one)) }
        }
        return JSON.Member(row.key, .object(members))
    }

    private static var command: JSON.Member {
        JSON.Member(
            "run",
            .object([
                JSON.Member("description", .string("The command: a line for the shell, or an array of words.")),
                types("string", "array"), JSON.Member("items", .object([types("string")])),
            ]))
    }

    private static var description: JSON.Member {
        JSON.Member("description", .object([JSON.Member("description", .string("For people.")), types("string")]))
    }
}
