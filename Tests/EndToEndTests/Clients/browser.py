"""A real browser, driven by lines of JSON on standard input; each command is answered by one line of JSON.

Usage: browser.py CHROMIUM [its options]
In:    {"do": "open", "url": ..., "width": 1280, "height": 900, "scheme": "dark"|"light", "script": true,
        "bypass": false}, where `bypass` has the page's Content-Security-Policy not count
       {"do": "wait", "expression": "js that becomes true"} | {"do": "eval", "expression": js}
       {"do": "click"|"fill"|"press", "selector": ..., "value": ...} | {"do": "offline", "value": bool}
       {"do": "overtake"} has each answer to `subscribe`, on pages opened from now on, overtaken by an update of its watches and counts
       {"do": "shot", "path": ...} | {"do": "quit"}
Out:   {"ok": value} or {"error": text}; "errors" lists what the page's console complained of.
"""
import json
import sys

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

TIMEOUT = 20_000

# Waits inside the page, woken by every change of the document. Playwright's own wait needs eval, which our pages forbid.
WAIT = """() => new Promise((done, failed) => {
    const observer = new MutationObserver(look);
    const timer = setTimeout(() => { observer.disconnect(); failed(new Error("it did not become true in time")); }, %d);
    function look() {
        if (!(%s)) return;
        observer.disconnect();
        clearTimeout(timer);
        done(true);
    }
    observer.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
    look();
})"""


# Gives the page newer events right before each answer to `subscribe`, as if they had overtaken it on their way.
OVERTAKE = """
let client;
Object.defineProperty(window, "io", {
    get: () => client,
    set: (real) => {
        client = (...options) => {
            const socket = real(...options);
            const answered = socket.onack;
            socket.onack = (packet) => {
                const now = packet.data[0];
                if (now.watches) {
                    const later = { event_timestamp: now.event_timestamp + 1 };
                    const events = now.watches.map((watch) => ["watch_update", { watch: { ...watch, ...later, title: "Overtaken" } }]);
                    events.push(["queue_size", { q_length: 77, ...later }], ["checking_now", { count: 78, ...later }]);
                    events.push(["general_stats_update", { ...now.general_stats, unread_changes_count: 79, ...later }]);
                    for (const event of events) socket.onevent({ data: event });
                }
                answered.call(socket, packet);
            };
            return socket;
        };
    },
});
"""


def wait(page, expression):
    while True:
        try:
            return page.evaluate(WAIT % (TIMEOUT, expression))
        except PlaywrightError as error:
            # The page was left while we waited; the next one may be the one that is meant.
            if "Execution context was destroyed" not in str(error):
                raise
            page.wait_for_load_state("load")


def main():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=sys.argv[1], args=["--no-sandbox", *sys.argv[2:]])
        page, errors = None, []
        for line in sys.stdin:
            command = json.loads(line)
            try:
                what = command["do"]
                result = None
                if what == "quit":
                    break
                if what == "open":
                    context = browser.new_context(
                        viewport={"width": command.get("width", 1280), "height": command.get("height", 900)},
                        color_scheme=command.get("scheme", "light"),
                        bypass_csp=command.get("bypass", False),
                        java_script_enabled=command.get("script", True))
                    page, errors = context.new_page(), []
                    page.set_default_timeout(TIMEOUT)
                    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
                    page.on("pageerror", lambda error: errors.append(str(error)))
                    page.goto(command["url"], wait_until="load")
                elif what == "goto":
                    page.goto(command["url"], wait_until="load")
                elif what == "wait":
                    wait(page, command["expression"])
                elif what == "eval":
                    result = page.evaluate(command["expression"])
                elif what == "click":
                    page.click(command["selector"])
                elif what == "fill":
                    page.fill(command["selector"], command["value"])
                elif what == "press":
                    page.keyboard.press(command["value"])
                elif what == "offline":
                    page.context.set_offline(command["value"])
                elif what == "overtake":
                    page.add_init_script(OVERTAKE)
                elif what == "shot":
                    page.screenshot(path=command["path"], full_page=command.get("full", False))
                elif what == "errors":
                    result = errors
                print(json.dumps({"ok": result}), flush=True)
            except Exception as error:  # whatever the browser complains of is the test's business
                print(json.dumps({"error": str(error)}), flush=True)
        browser.close()


main()
