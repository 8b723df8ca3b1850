// The list under one's fingers: keys, search while typing, fresh rows without a reload, asking before deleting.
(() => {
  "use strict";
  const { keys, toast, localize } = turnstone;
  const byId = (id) => document.getElementById(id);

  // Fetches this same list and puts in what differs: filters, rows, pager. Never the search field, since one may be typing in it.
  let fetching = null;
  let again = false;
  const swap = (page) => {
    const focused = document.activeElement;
    const row = focused?.closest?.("tr[id]")?.id;
    const within = focused?.dataset?.op ? `[data-op="${focused.dataset.op}"]` : ".label";
    for (const id of ["pills", "bulk", "list-rows"]) {
      const fresh = page.getElementById(id);
      if (fresh) byId(id).replaceWith(document.importNode(fresh, true));
    }
    localize(byId("list-rows"));
    if (row && !document.activeElement?.closest("tr")) byId(row)?.querySelector(within)?.focus({ preventScroll: true });
    turnstone.subscribe?.();
  };
  const load = async (url) => {
    fetching?.abort();
    const control = new AbortController();
    fetching = control;
    const target = new URL(url, location.href);
    target.searchParams.set("partial", "rows");
    try {
      const answer = await fetch(target, { signal: control.signal, headers: { accept: "text/html" } });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      // The fragment is our own, escaped by the server; parsing it runs no script.
      swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch (error) {
      if (error.name !== "AbortError") toast("The list could not be refreshed. Reload the page.", true);
    } finally {
      if (fetching === control) fetching = null;
    }
  };

  // Watches come and go in bursts: one refresh after the other, and at most two in a second.
  let refreshing = false;
  const refreshRows = async () => {
    if (refreshing) { again = true; return; }
    refreshing = true;
    await Promise.all([load(location.href), new Promise((done) => { setTimeout(done, 500); })]);
    refreshing = false;
    if (again) { again = false; refreshRows(); }
  };
  turnstone.refreshRows = refreshRows;

  // A filtered list gains and loses rows as watches change; the plain list keeps its order under one's eyes.
  let filtered = null;
  turnstone.totalsChanged = (totals) => {
    const filter = document.querySelector("#pills [aria-current]")?.dataset.filter;
    const count = totals[filter];
    if (count === undefined) return;
    if (filtered !== null && filtered !== count && count > 0) refreshRows();
    filtered = count;
  };

  // Search: while typing, without leaving the page; Enter works without all this.
  const search = byId("search");
  let typing = 0;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      const url = new URL(search.form.action);
      for (const [name, value] of new FormData(search.form)) if (value) url.searchParams.set(name, value);
      history.replaceState(null, "", url);
      load(url);
    }, 200);
  });

  // Deleting asks first.
  const dialog = byId("delete-dialog");
  turnstone.confirmDelete = (uuid, go) => {
    byId("delete-name").textContent = byId(`l-${uuid}`)?.textContent ?? "";
    dialog.returnValue = "cancel";
    dialog.addEventListener("close", () => { if (dialog.returnValue === "delete") go(); }, { once: true });
    dialog.showModal();
  };

  // "Mark all read" and "Check all now" without leaving the page, as long as the socket tells what comes of it.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-quietly]");
    if (!button || !turnstone.isLive?.()) return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(button.form, button));
    try {
      const answer = await fetch(button.formAction, { method: "POST", body, redirect: "manual" });
      const isDone = answer.type === "opaqueredirect" || answer.ok;
      toast(isDone ? button.dataset.quietly : `Request failed (status ${answer.status}).`, !isDone);
    } catch {
      toast("The server does not respond. Try again.", true);
    }
  });

  // Keys act on the row that has the focus.
  const rows = () => [...document.querySelectorAll("#rows > tr")];
  const current = () => document.activeElement?.closest("#rows > tr");
  const move = (by) => () => {
    const all = rows();
    if (!all.length) return false;
    const index = all.indexOf(current());
    const first = all.findIndex((row) => row.getBoundingClientRect().bottom > 90);
    const next = index < 0 ? Math.max(0, first) : Math.min(all.length - 1, Math.max(0, index + by));
    all[next].querySelector(".label").focus({ preventScroll: true });
    all[next].scrollIntoView({ block: "nearest" });
  };
  const press = (selector) => () => {
    const target = current()?.querySelector(selector);
    if (!target) return false;
    target.click();
  };
  keys({
    j: move(1), k: move(-1), o: press(".label"), v: press("a.address"), r: press("[data-op=recheck]"),
    p: press("[data-op=pause],[data-op=unpause]"), e: press("a.icon"), "#": press("[data-op=delete]"),
    m: () => {
      const row = current();
      if (!row || !turnstone.operate?.("viewed", row.dataset.uuid)) return false;
    },
    a: () => byId("add-url").focus(),
    "/": () => { search.focus(); search.select(); },
  });
})();
