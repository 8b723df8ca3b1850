import Detection
import Domain
import Foundation

/// Fills in the places of an address, a header or a body.
enum RequestTemplate {
    static func fill(_ text: String, now: Date) throws(TemplateError) -> String {
        try Template.fill(text, Template.Environment(now: now, replaceRegex: TemplateRegex.replace))
    }

    /// What is wrong with a template, in a sentence; nil when it can be filled in.
    static func problem(_ text: String) -> String? {
        do {
            _ = try fill(text, now: Date())
        } catch {
            return "The template is not valid: \(error.message)"
        }
        return nil
    }
}
