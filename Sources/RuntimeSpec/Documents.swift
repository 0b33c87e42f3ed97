import Diagnostics

extension SpecObject {
    /// Reads a whole document, such as `config.json`, `process.json` or `resources.json`.
    ///
    /// - Throws: `invalidInput` with line and column for syntax errors, with the property's path for everything else.
    package init(decoding bytes: [UInt8]) throws(SandboxError) {
        do { try self.init(json: JSON(scanning: bytes)) } catch { throw error.located(in: bytes) }
    }

    /// The document as text; `pretty` is indented by two spaces and ends in a line feed.
    package func encoded(pretty: Bool = false) -> [UInt8] { pretty ? json.encodedPretty() : json.encoded() }
}
