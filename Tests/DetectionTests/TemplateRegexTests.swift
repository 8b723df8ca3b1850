import Detection
import Domain
import Testing

@Suite("Regexes of templates")
struct TemplateRegexTests {
    @Test("a regex of a template that takes too long is called so, without a page that is not there")
    func template() {
        let text = String(repeating: "a", count: 5000) + "b"
        let error = #expect(throws: TemplateError.self) { try TemplateRegex.replace(text, "(a+)+$", "") }
        #expect(error?.message.contains("(a+)+$") == true)
        #expect(error?.message.contains("page") == false)
    }
}
