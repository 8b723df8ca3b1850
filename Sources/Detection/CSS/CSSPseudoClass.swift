/// What the pseudo-classes without arguments mean on a page that no browser shows (Selectors level 4; HTML, 4.16.3).
///
/// The names are those that soupsieve knows, since watches come from where it reads the selectors. Whatever depends on
/// a person at a browser matches nothing.
enum CSSPseudoClass {
    /// nil for a name that nobody knows.
    static func tests(_ name: String) -> [CSSSelector.Test]? {
        switch name {
        case "first-child": [nth(fromEnd: false, ofType: false)]
        case "last-child": [nth(fromEnd: true, ofType: false)]
        case "first-of-type": [nth(fromEnd: false, ofType: true)]
        case "last-of-type": [nth(fromEnd: true, ofType: true)]
        case "only-child": [nth(fromEnd: false, ofType: false), nth(fromEnd: true, ofType: false)]
        case "only-of-type": [nth(fromEnd: false, ofType: true), nth(fromEnd: true, ofType: true)]
        case "root", "scope": [.root]
        case "empty": [.empty]
        case "link", "any-link": [.any(link)]
        case "checked": [.any(checked)]
        case "default": [.form(.default)]
        case "indeterminate": [.form(.indeterminate)]
        case "disabled": [.any(disabled)]
        case "enabled": [.any(controls), .not(disabled)]
        case "required": [.any(required)]
        case "optional": [.any(optional)]
        case "read-write": [.any(readWrite)]
        case "read-only": [.not(readWrite)]
        case "placeholder-shown": [.any(placeholder), .form(.withoutValue)]
        case "in-range": [.any(ranged), .form(.inRange)]
        case "out-of-range": [.any(ranged), .form(.outOfRange)]
        case "defined": [.defined]
        case "open": [.any(open)]
        case "muted": [.any(muted)]
        case _ where outsideBrowser.contains(name): [.any(nothing)]
        default: nil
        }
    }

    /// Whether the pseudo-class takes arguments and matches nothing outside a browser, whatever they are.
    static func matchesNothing(withArguments name: String) -> Bool {
        ["current", "host", "host-context"].contains(name)
    }

    private static let outsideBrowser: Set<String> = [
        "active", "autofill", "buffering", "current", "focus", "focus-visible", "focus-within", "fullscreen", "future",
        "host", "hover", "local-link", "past", "paused", "picture-in-picture", "playing", "popover-open", "seeking",
        "stalled", "target", "target-within", "user-invalid", "visited", "volume-locked",
    ]

    private static func nth(fromEnd: Bool, ofType: Bool) -> CSSSelector.Test {
        .nth(CSSSelector.Nth(step: 0, offset: 1, fromEnd: fromEnd, ofType: ofType))
    }

    // MARK: What can be said in selectors

    private static let nothing = CSSSelector(alternatives: [])
    private static let link = meaning(":is(a, area)[href]")
    static let checked = meaning("input:is([type=checkbox], [type=radio])[checked], option[selected]")
    private static let controls = meaning(":is(button, input, select, textarea, optgroup, option, fieldset)")
    private static let disabled = meaning(
        """
        :is(button, input, select, textarea, optgroup, option, fieldset)[disabled], optgroup[disabled] > option,
        fieldset[disabled] > :is(button, input, select, textarea, fieldset),
        fieldset[disabled] > :not(legend:nth-of-type(1)) :is(button, input, select, textarea, fieldset)
        """)
    private static let required = meaning(":is(input, select, textarea)[required]")
    private static let optional = meaning(":is(input, select, textarea):not([required])")
    private static let placeholder = meaning(
        """
        textarea[placeholder]:not([placeholder='']),
        input[placeholder]:not([placeholder='']):is(:not([type]), [type=''], [type=text], [type=search], [type=url],
            [type=tel], [type=email], [type=password], [type=number])
        """)
    private static let open = meaning(":is(details, dialog)[open]")
    private static let muted = meaning(":is(audio, video)[muted]")

    /// What a person could type into.
    private static let readWrite = CSSSelector(alternatives: [
        of([.any(typedInto), .not(disabled)]), of([.form(.editable)]),
    ])
    private static let typedInto = meaning(
        """
        textarea:not([readonly]),
        input:not([readonly], [type=hidden], [type=range], [type=color], [type=checkbox], [type=radio], [type=file],
            [type=submit], [type=image], [type=reset], [type=button])
        """)
    /// Inputs whose values can have limits; a disabled one is never asked about them.
    private static let ranged = CSSSelector(alternatives: [of([.any(limited), .not(disabled)])])
    private static let limited = meaning(
        """
        input:not([readonly]):is([type=number], [type=date], [type=month], [type=week], [type=time],
            [type=datetime-local]):is([min], [max]), input[type=range]
        """)

    private static func of(_ tests: [CSSSelector.Test]) -> CSSSelector.Complex {
        CSSSelector.Complex(compounds: [CSSSelector.Compound(tests: tests)], combinators: [])
    }

    /// The definition compiled; it may use no pseudo-class whose own definition leads back here.
    private static func meaning(_ source: String) -> CSSSelector {
        do {
            return try CSSParser.parse(source)
        } catch {
            preconditionFailure("\(source): \(error.message)")
        }
    }
}
