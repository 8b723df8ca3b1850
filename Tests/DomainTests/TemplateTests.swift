import Domain
import Foundation
import Testing

@Suite("Templates")
struct TemplateTests {
    /// Tuesday, 14 November 2023, 22:13:20 UTC.
    private static let environment = Template.Environment(
        variables: ["name": "Ann", "empty": "", "n": "4"], now: Date(timeIntervalSince1970: 1_700_000_000))

    @Test(
        "places are filled in",
        arguments: [
            ("plain { text }", "plain { text }"),
            ("https://example.org/?d={% now 'utc', '%Y-%m-%d' %}", "https://example.org/?d=2023-11-14"),
            ("{% now 'utc' - 'days=1', '%Y-%m-%d' %}", "2023-11-13"),
            ("{% now 'utc' + 'hours=2,minutes=30', '%H:%M' %}", "00:43"),
            ("{% now 'utc' + 'months=-1', '%b %Y' %}", "Oct 2023"),
            ("{% now 'Europe/Berlin', '%H:%M %z' %}", "23:13 +0100"),
            ("{% now 'utc' %}", "Tue, 14 Nov 2023 22:13:20"),
            ("{%- now 'UTC', '%-d.%-m.%y %j %V %I%p %s %% %q' -%}", "14.11.23 318 46 10PM 1700000000 % %q"),
            ("{{ name }}!{{ missing }}", "Ann!"), ("{{ 'a' ~ name | upper ~ 1 }}", "aANN1"),
            ("{{ 2 + 3 * 4 }} {{ (2 + 3) * 4 }} {{ 7 // 2 }} {{ 7 % 4 }} {{ 7 / 2 }} {{ -3 }}", "14 20 3 3 3.5 -3"),
            ("{{ n | int + 1 }}", "5"), ("{{ 'a b&c/ä' | urlencode }}", "a%20b%26c/%C3%A4"),
            ("{{ missing | default('x') }}{{ empty | default('y', true) }}", "xy"),
            ("{{ ' a ' | trim }}{{ 'abc' | replace('b', '-') }}{{ 'hello world' | title }}", "aa-cHello World"),
            ("{% if name == 'Ann' and not empty %}yes{% else %}no{% endif %}", "yes"),
            ("{% if n | int > 9 %}a{% elif n | int > 3 %}b{% else %}c{% endif %}", "b"),
            ("{% set x = name | lower %}{{ x }}{{ x | length }}", "ann3"),
            ("{{ 'in' if 'n' in name else 'out' }}", "in"), ("{# hidden #}seen", "seen"),
            ("{% raw %}{{ name }}{% endraw %}", "{{ name }}"),
            ("{{ 1700000000 | unixtime('%Y-%m-%d', 'UTC') }}", "2023-11-14"),
            ("{{ 2.567 | round(2) }}", "2.57"), ("{{ '}}' }}", "}}"),
        ])
    func filled(_ source: String, _ expected: String) throws {
        #expect(try Template.fill(source, Self.environment) == expected)
    }

    @Test(
        "what cannot be filled in is refused with a sentence",
        arguments: [
            "{{ name", "{{ }}", "{% if name %}x", "{% for x in y %}{% endfor %}", "{{ name.__class__ }}",
            "{{ range(9) }}",
            "{{ name[0] }}", "{{ name | nothing }}", "{% now 'Mars/Olympus' %}", "{% now 'utc' - 'days', '%Y' %}",
            "{{ 1 / 0 }}",
            "{{ 'a' * 2 }}", "{{ name | upper(1) }}", "{{ 'a }}", "{# open", "{% raw %}x", "{% now 'utc' - 'eons=1' %}",
            String(repeating: "{{ (", count: 300), String(repeating: "{% if 1 %}", count: 100),
        ])
    func refused(_ source: String) {
        let error = #expect(throws: TemplateError.self) { try Template.fill(source, Self.environment) }
        #expect(error?.message.isEmpty == false)
    }

    @Test("output is bounded")
    func bounded() {
        let source =
            "{% set a = 'xxxxxxxxxx' %}" + String(repeating: "{% set a = a ~ a ~ a ~ a %}", count: 14) + "{{ a }}"
        #expect(throws: TemplateError.self) { try Template.fill(source, Self.environment) }
        let grown =
            "{% set a = 'xx' %}" + String(repeating: "{% set a = a | replace('x', 'xxxxxxxxxxxxxxxx') %}", count: 20)
        #expect(throws: TemplateError.self) { try Template.fill(grown + "{{ a }}", Self.environment) }
    }

    @Test("a regex comes from outside, and only where one is given")
    func regex() throws {
        #expect(throws: TemplateError.self) {
            try Template.fill("{{ 'a' | regex_replace('a', 'b') }}", Self.environment)
        }
        var environment = Self.environment
        environment.replaceRegex = { text, regex, replacement in "\(text)|\(regex)|\(replacement)" }
        #expect(try Template.fill("{{ 'a' | regex_replace('b', 'c') }}", environment) == "a|b|c")
    }
}
