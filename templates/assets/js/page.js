// What every page has: times that stay true, colours, keys, dialogs, announcements. Other scripts use it as `turnstone`.
(() => {
  "use strict";
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);

  // The server's clock, so that a wrong clock here does not turn "5 min ago" into nonsense.
  const offset = Number(document.body.dataset.now) * 1000 - Date.now();
  const skew = Math.abs(offset) > 5000 ? offset : 0;
  const nowSeconds = () => Math.floor((Date.now() + skew) / 1000);

  // Times: worded as Sources/Pages/Frame/Moments.swift does.
  const span = (s) =>
    s < 60 ? `${s} s` : s < 3600 ? `${Math.floor(s / 60)} min` : s < 86400 ? `${Math.floor(s / 3600)} h`
      : s < 2592000 ? `${Math.floor(s / 86400)} d` : s < 31536000 ? `${Math.floor(s / 2592000)} mo` : `${Math.floor(s / 31536000)} y`;
  // What is to come is rounded: 2 h 59 min from now is in 3 h.
  const ahead = (s) => {
    const unit = s < 60 ? 1 : s < 3570 ? 60 : s < 84600 ? 3600 : 86400;
    return span(Math.floor((s + unit / 2) / unit) * unit);
  };
  const relative = (epoch) => {
    const s = nowSeconds() - epoch;
    return s < 0 ? `in ${ahead(-s)}` : s < 10 ? "just now" : `${span(s)} ago`;
  };
  const duration = (ms) =>
    ms < 1000 ? `${Math.floor(ms)} ms` : ms < 10000 ? `${Math.floor(ms / 1000)}.${Math.floor((ms % 1000) / 100)} s`
      : ms < 60000 ? `${Math.floor(ms / 1000)} s` : `${Math.floor(ms / 60000)} min ${Math.floor(ms / 1000) % 60} s`;
  const exactly = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

  const setText = (node, text) => {
    if (node && node.textContent !== text) node.textContent = text;
  };
  const showTime = (time, epoch) => {
    time.dateTime = new Date(epoch * 1000).toISOString();
    time.title = exactly.format(epoch * 1000);
    setText(time, relative(epoch));
  };
  // Fills `place` with a time, or with `otherwise` for 0 and null.
  const placeTime = (place, epoch, otherwise) => {
    if (!place) return;
    let time = place.querySelector("time");
    if (!epoch) return setText(place, otherwise);
    if (!time) {
      time = document.createElement("time");
      place.replaceChildren(time);
    }
    showTime(time, epoch);
  };
  // Exact times come in UTC; here they get the reader's zone.
  const localize = (within) => {
    for (const time of within.querySelectorAll("time[datetime]")) {
      const moment = Date.parse(time.dateTime);
      if (!Number.isNaN(moment)) showTime(time, moment / 1000);
    }
    for (const option of within.querySelectorAll("option[data-time]")) {
      const moment = Date.parse(option.dataset.time);
      if (!Number.isNaN(moment)) setText(option, exactly.format(moment));
    }
  };
  localize(document);
  const onScreen = (node) => {
    const box = node.getBoundingClientRect();
    return box.bottom >= 0 && box.top <= innerHeight;
  };
  const refreshTimes = () => {
    if (document.hidden) return;
    for (const time of document.querySelectorAll("time[datetime]")) {
      if (onScreen(time)) setText(time, relative(Math.floor(Date.parse(time.dateTime) / 1000)));
    }
  };
  setInterval(refreshTimes, 15000);
  document.addEventListener("visibilitychange", refreshTimes);
  addEventListener("scroll", refreshTimes, { passive: true });

  // Announcements for screen readers: at most one every three seconds, what comes meanwhile is told together.
  let waiting = [];
  let announcing = 0;
  const announce = (text) => {
    if (!waiting.includes(text)) waiting.push(text);
    if (announcing) return;
    announcing = setTimeout(() => {
      announcing = 0;
      const told = waiting.slice(0, 5);
      if (waiting.length > told.length) told.push(`and ${waiting.length - told.length} more`);
      waiting = [];
      byId("announcer").textContent = told.join(". ");
    }, byId("announcer").textContent ? 3000 : 200);
  };

  // A short message at the lower edge, for what a click has led to.
  let toastEnd = 0;
  const toast = (text, isBad) => {
    let box = byId("toast");
    if (!box) {
      box = document.createElement("p");
      box.id = "toast";
      document.body.append(box);
    }
    box.setAttribute("role", isBad ? "alert" : "status");
    box.dataset.kind = isBad ? "bad" : "good";
    box.textContent = text;
    box.hidden = false;
    clearTimeout(toastEnd);
    toastEnd = setTimeout(() => { box.hidden = true; }, isBad ? 8000 : 3500);
  };

  // Colours: as the device, light, dark.
  const themes = ["auto", "light", "dark"];
  const themeButton = byId("theme");
  const showTheme = () => {
    const theme = root.dataset.theme || "auto";
    const words = `Colours: ${theme === "auto" ? "as the device" : theme}`;
    themeButton.title = words;
    themeButton.setAttribute("aria-label", words);
    themeButton.querySelector("use").setAttribute("href", `#i-${theme}`);
  };
  themeButton.hidden = false;
  themeButton.addEventListener("click", () => {
    const next = themes[(themes.indexOf(root.dataset.theme || "auto") + 1) % themes.length];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      if (next === "auto") localStorage.removeItem("turnstone.theme");
      else localStorage.setItem("turnstone.theme", next);
    } catch {
      // It holds for this page only.
    }
    showTheme();
  });
  showTheme();

  // Keys: single letters, never while one types or a dialog is open.
  const actions = new Map();
  const keys = (more) => {
    for (const [key, action] of Object.entries(more)) actions.set(key, action);
  };
  const types = (node) => node instanceof HTMLElement
    && (node.isContentEditable || /^(TEXTAREA|SELECT)$/.test(node.tagName)
      || (node.tagName === "INPUT" && !/^(checkbox|radio|button|submit)$/.test(node.type)));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && types(event.target)) event.target.blur();
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || types(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const action = actions.get(event.key);
    if (action && action(event) !== false) event.preventDefault();
  });
  const follow = (id) => () => {
    const link = byId(id);
    if (!link) return false;
    link.click();
  };
  const keysDialog = byId("keys-dialog");
  byId("keys").hidden = false;
  byId("keys").addEventListener("click", () => keysDialog.showModal());
  keys({ "?": () => keysDialog.showModal(), "[": follow("older"), "]": follow("newer"), u: follow("up") });
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close("cancel"); });
  }

  for (const select of document.querySelectorAll("select[data-submits]")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }
  // What was just done is told once: a reload does not tell it again.
  const here = new URL(location.href);
  if (here.searchParams.has("done")) {
    here.searchParams.delete("done");
    history.replaceState(null, "", here);
    const notice = document.querySelector(".notice.good[role=status]");
    if (notice) setTimeout(() => notice.remove(), 10000);
  }
  byId("problems")?.focus();

  globalThis.turnstone = {
    base: root.dataset.base, nowSeconds, relative, duration, clock, setText, placeTime, localize, announce, toast, keys, follow,
  };
})();
