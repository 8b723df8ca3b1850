import Domain
import HTTPTypes
import Testing
import WebTestSupport

@testable import API

@Suite("The API's fields of detection")
struct DetectionFieldTests {
    @Test("every field is taken, stored and given back as it was")
    func taken() async throws {
        try await APISite.run { site in
            let fields = #"""
                {"url": "https://example.org/?d={% now 'utc', '%Y' %}", "processor": "restock_diff",
                 "include_filters": ["json:$..price", "jq:.a", "jqraw:.b", "xpath:upper-case(//a)"],
                 "conditions": [{"field": "word_count", "operator": ">", "value": 5},
                                {"field": "page_filtered_text", "operator": "in", "value": "x"}],
                 "conditions_match_logic": "ANY", "filter_text_added": false, "filter_text_removed": true,
                 "check_unique_lines": true, "history_snapshot_max_length": 7,
                 "processor_config_restock_diff": {"in_stock_processing": "all_changes", "follow_price_changes": false,
                     "price_change_min": 10, "price_change_max": 20.5, "price_change_threshold_percent": 5}}
                """#
            let made = try await site.watch(fields)
            #expect(made.status == 201, "\(made.text)")
            guard case .object(let answer) = made.json, case .string(let id)? = answer["uuid"] else { return }
            guard case .object(let watch) = try await site.get("watch/\(id)").json else { return }
            #expect(watch["processor"] == .string("restock_diff"))
            #expect(watch["conditions_match_logic"] == .string("ANY"))
            #expect(watch["filter_text_added"] == .bool(false))
            #expect(watch["filter_text_removed"] == .bool(true))
            #expect(watch["check_unique_lines"] == .bool(true))
            #expect(watch["history_snapshot_max_length"] == .integer(7))
            #expect(watch["consecutive_filter_failures"] == .integer(0))
            #expect(
                watch["conditions"]
                    == .array([
                        .object(["field": .string("word_count"), "operator": .string(">"), "value": .string("5")]),
                        .object([
                            "field": .string("page_filtered_text"), "operator": .string("in"), "value": .string("x"),
                        ]),
                    ]))
            guard case .object(let restock)? = watch["processor_config_restock_diff"] else { return }
            #expect(restock["in_stock_processing"] == .string("all_changes"))
            #expect(restock["price_change_max"] == .number(20.5))
            // What a program reads it can send back.
            let again = try await site.ask(
                .put, "watch/\(id)", String(decoding: try await site.get("watch/\(id)").bytes, as: UTF8.self))
            #expect(again.status == 200, "\(again.text)")
        }
    }

    @Test(
        "a value that cannot work is refused by its name",
        arguments: [
            (#""processor": "magic""#, "processor"),
            (#""conditions": [{"field": "x", "operator": "==", "value": "1"}]"#, "conditions[0].field"),
            (#""conditions": [{"field": "word_count", "operator": "~", "value": "1"}]"#, "conditions[0].operator"),
            (#""conditions": [{"field": "word_count", "operator": ">", "value": "many"}]"#, "conditions[0].value"),
            (#""conditions_match_logic": "SOME""#, "conditions_match_logic"),
            (#""history_snapshot_max_length": 0"#, "history_snapshot_max_length"),
            (#""include_filters": ["json:$["]"#, "include_filters[0]"),
            (#""include_filters": ["p", "jq:.["]"#, "include_filters[1]"),
            (#""include_filters": ["jq:env"]"#, "include_filters[0]"),
            (#""include_filters": ["xpath:doc('x')"]"#, "include_filters[0]"),
            (#""headers": {"X-A": "{{ 1 / 0 }}"}"#, "headers"), (#""body": "{% for x in y %}""#, "body"),
            (
                #""processor_config_restock_diff": {"price_change_min": 9, "price_change_max": 3}"#,
                "processor_config_restock_diff.price_change_min"
            ),
            (
                #""processor_config_restock_diff": {"in_stock_processing": "maybe"}"#,
                "processor_config_restock_diff.in_stock_processing"
            ),
            (#""price_change_threshold_percent": 101"#, "price_change_threshold_percent"),
        ])
    func refused(_ field: String, _ name: String) async throws {
        try await APISite.run { site in
            let answer = try await site.watch("{\"url\": \"https://example.org/\", \(field)}")
            #expect(answer.status == 400)
            #expect(answer.text.contains("\"\(name)\""), "\(answer.text)")
        }
    }

    @Test("an address whose template does not give an address is refused")
    func address() async throws {
        try await APISite.run { site in
            for address in ["{{ 'ftp' }}://example.org/", "https://example.org/{{ nothing"] {
                let answer = try await site.watch("{\"url\": \"\(address)\"}")
                #expect(answer.status == 400)
            }
        }
    }
}
