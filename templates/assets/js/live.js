// Keeps what is on the screen true by Socket.IO: rows, counts, and an honest word about the connection.
//
// Every connect subscribes to the watches on the screen; the answer says how they are now, so that after a break the page is right
// again without a reload. Between two frames only the newest update of a watch is drawn.
(() => {
  "use strict";
  const { base, setText, placeTime, duration, announce, toast, clock } = turnstone;
  const byId = (id) => document.getElementById(id);
  const isList = document.body.dataset.page === "list";

  // How a row reads: as Sources/Pages/List/RowState.swift does.
  const steps = { fetching: "Fetching…", comparing: "Comparing…", storing: "Storing…" };
  const words = { changed: "Changed", first: "First version", failed: "Failed", unchanged: "Unchanged" };
  const stateOf = (watch) => {
    const took = duration(Math.round(watch.fetch_time * 1000));
    const answer = watch.last_status ? `${watch.last_status} · ${took}` : took;
    if (watch.state === "checking") return ["checking", "Checking", steps[watch.step] ?? ""];
    if (watch.state === "queued") return ["queued", "Queued", ""];
    if (watch.paused) return ["paused", "Paused", ""];
    if (watch.has_error) return ["failed", words.failed, answer];
    if (!watch.last_checked) return ["new", "New", "not checked yet"];
    const result = watch.result in words ? watch.result : "unchanged";
    return [result, words[result], answer];
  };

  // The bars: as Sources/Pages/List/CheckBars.swift does.
  const results = ["unchanged", "changed", "failed", "first"];
  const barHeight = ([result, , ms]) => {
    const height = Math.min(20, Math.round(6 + 5.4 * Math.log10(Math.max(50, ms) / 50)));
    return result === "changed" || result === "failed" ? Math.max(14, height) : height;
  };
  const drawBars = (svg, recent) => {
    const shown = recent.slice(-20);
    const free = 20 - shown.length;
    const paths = new Map(["none", ...results].map((name) => [name, ""]));
    for (let index = 0; index < free; index += 1) paths.set("none", `${paths.get("none")}M${index * 6 + 2} 20v-2`);
    shown.forEach((check, index) => {
      const left = (free + index) * 6 + 2;
      const full = barHeight(check);
      const bar = check[0] === "failed" ? `M${left} 20v-${full - 6}m0-2v-4` : `M${left} 20v-${full}`;
      if (paths.has(check[0])) paths.set(check[0], paths.get(check[0]) + bar);
    });
    const nodes = [];
    for (const [name, d] of paths) {
      if (!d) continue;
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("class", `b-${name}`);
      path.setAttribute("d", d);
      nodes.push(path);
    }
    svg.replaceChildren(...nodes);
    const counts = results.map((name) => [name, shown.filter((check) => check[0] === name).length]).filter(([, count]) => count);
    svg.setAttribute("aria-label", !shown.length ? "No checks yet"
      : `Last ${shown.length === 1 ? "check" : `${shown.length} checks`}: ${counts.map(([name, count]) => `${count} ${name}`).join(", ")}`);
  };

  const drawPause = (row, paused) => {
    const button = row.querySelector("[data-op=pause],[data-op=unpause]");
    const op = paused ? "unpause" : "pause";
    if (!button || button.dataset.op === op) return;
    const word = paused ? "Resume" : "Pause";
    button.dataset.op = op;
    button.setAttribute("formaction", `${base}/form/${op}`);
    if (button.title) button.title = word;
    if (button.hasAttribute("aria-labelledby")) button.setAttribute("aria-labelledby", `n-${word.toLowerCase()} l-${row.dataset.uuid}`);
    setText(button.querySelector("span"), word);
    button.querySelector("use").setAttribute("href", `#i-${paused ? "resume" : "pause"}`);
  };

  const drawAddress = (row, watch) => {
    const old = row.querySelector(".address");
    const node = watch.link === null ? document.createElement("span") : document.createElement("a");
    node.className = "address";
    if (watch.link !== null) Object.assign(node, { href: watch.link, target: "_blank", rel: "noopener noreferrer" });
    // A row's title is the whole address; a page's head, which shows a symbol beside it, gives one to links only.
    if (isList || watch.link !== null) node.title = watch.link ?? watch.address;
    const icon = byId("i-visit");
    node.textContent = watch.address + (!isList && watch.link !== null ? " " : "");
    if (!isList && watch.link !== null && icon) {
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      svg.setAttribute("aria-hidden", "true");
      svg.append(document.createElementNS("http://www.w3.org/2000/svg", "use"));
      svg.firstChild.setAttribute("href", "#i-visit");
      node.append(svg);
    }
    old.replaceWith(node);
  };
  const swatch = (colour) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    for (const [name, value] of Object.entries({ class: "swatch", viewBox: "0 0 8 8", "aria-hidden": "true" })) svg.setAttribute(name, value);
    for (const [name, value] of Object.entries({ cx: 4, cy: 4, r: 4, fill: colour })) circle.setAttribute(name, value);
    svg.append(circle);
    return svg;
  };
  /** What the row's tags show: titles and colours. */
  const tagsOf = (row) => [...row.querySelectorAll(".where .tag")].map((tag) => [tag.textContent, tag.querySelector("circle")?.getAttribute("fill") ?? null]);
  const drawTags = (row, tags) => {
    for (const node of row.querySelectorAll(".where .tag")) node.remove();
    row.querySelector(".where").append(...tags.map(({ title, colour }) => {
      const node = document.createElement("span");
      node.className = "tag";
      if (colour) node.append(swatch(colour));
      node.append(title);
      return node;
    }));
  };

  // Why the last check told a change or not: asked for again when there was another check, unless one reads an older one.
  let reasonOf = null;
  const refreshReason = async (checked) => {
    const old = document.querySelector("main > .reason");
    if (!old || document.body.dataset.page !== "watch" || new URLSearchParams(location.search).has("check")) return;
    if (reasonOf === null || reasonOf === checked) return void (reasonOf = checked);
    reasonOf = checked;
    try {
      const answer = await fetch(`${location.pathname}?partial=reason`);
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".reason");
      if (!fresh || reasonOf !== checked) return;
      fresh.open = old.open;
      turnstone.localize(fresh);
      const hadFocus = old.contains(document.activeElement);
      old.replaceWith(fresh);
      if (hadFocus) fresh.querySelector("summary").focus({ preventScroll: true });
    } catch {
      // The page stays as it is; the next check asks again.
    }
  };

  const draw = (row, watch) => {
    const [kind, word, detail] = stateOf(watch);
    const before = row.dataset.kind;
    const wasUnread = row.hasAttribute("data-unread");
    row.dataset.kind = kind;
    row.toggleAttribute("data-unread", watch.unviewed);
    row.toggleAttribute("data-paused", watch.paused);
    setText(row.querySelector(".word"), word);
    setText(row.querySelector(".detail"), detail);
    setText(row.querySelector(".why"), watch.has_error ? watch.error_text : "");
    setText(row.querySelector(".rests"), watch.rests ?? "");
    const label = row.querySelector(".label");
    setText(label, watch.title);
    if (label.title) label.title = watch.title;
    if (label.href) label.href = `${base}/${watch.history_n >= 2 ? "diff" : "watch"}/${watch.uuid}`;
    // Replacing what has not changed would take the focus from it.
    const address = row.querySelector(".address");
    if (address.textContent.trim() !== watch.address || (address.getAttribute("href") ?? null) !== watch.link) drawAddress(row, watch);
    if (JSON.stringify(tagsOf(row)) !== JSON.stringify(watch.tags.map((tag) => [tag.title, tag.colour ?? null]))) drawTags(row, watch.tags);
    setText(row.querySelector(".unread"), watch.unviewed ? "unread" : "");
    placeTime(row.querySelector("[data-at=checked]"), watch.last_checked, "never");
    placeTime(row.querySelector("[data-at=changed]"), watch.last_changed, "never");
    const next = row.querySelector(".next");
    next.hidden = !watch.next_check || watch.paused;
    placeTime(next.querySelector("[data-at=next]"), Math.max(watch.next_check ?? 0, turnstone.nowSeconds()), "");
    drawPause(row, watch.paused);
    const recent = JSON.stringify(watch.recent);
    if (row.recent !== recent) {
      row.recent = recent;
      drawBars(row.querySelector(".bars"), watch.recent);
    }
    if (watch.unviewed && !wasUnread) {
      row.classList.remove("fresh");
      void row.offsetWidth;
      row.classList.add("fresh");
      announce(`${watch.title} changed`);
    } else if (kind === "failed" && before !== "failed" && watch.has_error) {
      announce(`${watch.title} failed: ${watch.error_text}`);
    }
    refreshReason(watch.last_checked);
    const newer = byId("newer-version");
    if (newer && newer.dataset.newest !== String(watch.newest_version ?? "") && watch.history_n > 0) newer.hidden = false;
    const cleared = byId("history-cleared");
    if (cleared && watch.history_n < Number(cleared.dataset.count)) cleared.hidden = false;
    if (cleared && !cleared.hidden && newer) newer.hidden = true;
  };

  // One frame, one drawing of each watch.
  const pending = new Map();
  // When what is shown was true, by the server's clock: an event may overtake the answer that was made before it.
  const stamps = new Map();
  const isNewest = (name, stamp = 0) => {
    if (stamp < (stamps.get(name) ?? 0)) return false;
    stamps.set(name, stamp);
    return true;
  };
  let drawing = false;
  const drawSoon = (watch) => {
    if (!isNewest(watch.uuid, watch.event_timestamp)) return;
    pending.set(watch.uuid, watch);
    if (drawing) return;
    drawing = true;
    // A hidden tab gets no frames, but is to be right when it is looked at.
    const later = document.hidden ? (go) => setTimeout(go, 250) : requestAnimationFrame;
    later(() => {
      drawing = false;
      for (const [uuid, newest] of pending) {
        const row = byId(`w-${uuid}`);
        if (row) draw(row, newest);
      }
      pending.clear();
    });
  };

  const removeRow = (uuid) => {
    const row = byId(`w-${uuid}`);
    pending.delete(uuid);
    if (!row) return;
    if (!isList) {
      if (byId("deleted")) return;
      const note = Object.assign(document.createElement("p"), { id: "deleted", className: "notice bad", textContent: "This watch was deleted." });
      note.setAttribute("role", "alert");
      row.before(note);
      for (const button of document.querySelectorAll("main button")) button.disabled = true;
      return;
    }
    if (row.contains(document.activeElement)) {
      (row.nextElementSibling ?? row.previousElementSibling)?.querySelector(".label")?.focus();
    }
    row.remove();
    if (!document.querySelector("#rows > tr")) turnstone.refreshRows?.();
  };

  const count = (name, value) => {
    for (const node of document.querySelectorAll(`[data-count="${name}"]`)) {
      setText(node, value.toLocaleString("en"));
      node.toggleAttribute("data-zero", value === 0);
    }
  };
  const drawTotals = (totals) => {
    const unread = totals.unread_changes_count;
    count("unread", unread);
    count("failing", totals.count_errors);
    if (totals.watch_count !== undefined) count("all", totals.watch_count);
    if (totals.paused_count !== undefined) count("paused", totals.paused_count);
    document.title = document.title.replace(/^\([\d,]+\) /, "").replace(/^/, unread ? `(${unread}) ` : "");
    const icon = byId("favicon");
    const href = unread ? icon.dataset.unread : icon.dataset.calm;
    if (icon.getAttribute("href") !== href) icon.setAttribute("href", href);
    const shown = { unread, failing: totals.count_errors, paused: totals.paused_count };
    turnstone.totalsChanged?.(shown);
  };

  // The connection, in one word, and why on a click.
  const pill = byId("connection");
  let inSync = null;
  const showState = (state, text, why, more = "") => {
    pill.hidden = false;
    pill.dataset.state = state;
    pill.title = why;
    setText(byId("connection-text"), text);
    setText(byId("connection-more"), more);
    setText(byId("connection-why"), why);
  };
  pill.addEventListener("click", () => byId("connection-dialog").showModal());
  const offline = (why, isGone = false) => {
    const since = inSync ?? new Date(Number(document.body.dataset.now) * 1000);
    const more = `: as of ${clock.format(since)}`;
    showState("offline", "Offline", `${why} This page shows the state as of ${clock.format(since)}. ${isGone ? "It reconnects automatically." : "Reload it for the latest state; everything else works."}`, more);
  };

  // Whether the program answers at all; it may, though something on the way cuts its live updates off.
  const answers = () => fetch(`${base}/healthz`, { cache: "no-store" }).then((answer) => answer.ok, () => false);

  if (typeof io !== "function") {
    offline("The script for live updates could not be loaded from this server.");
    return;
  }

  showState("connecting", "Connecting…", "Connecting to the server for live updates.");
  const socket = io({ path: `${base}/socket.io/` });
  const transportWords = { websocket: "WebSocket", polling: "long polling (WebSocket is not available yet)", webtransport: "WebTransport" };
  const showLive = () => showState("live", "Live",
    `Connected via ${transportWords[socket.io.engine?.transport.name] ?? "Socket.IO"}. Changes appear here as they happen.`);

  // The server words it the same way (PageView).
  const span = (seconds) => seconds < 120 ? `${Math.floor(seconds)} s`
    : seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
  const drawQueue = (queue) => {
    setText(byId("queue-length"), String(queue.q_length));
    setText(byId("late"), span(queue.late_seconds ?? 0));
    byId("late-gauge").hidden = !(queue.late_seconds >= 2);
  };

  const subscribe = () => {
    if (!socket.connected) return;
    const rows = [...document.querySelectorAll("[id^=w-][data-uuid]")];
    socket.timeout(15000).emit("subscribe", { watches: rows.map((row) => row.dataset.uuid), list: true }, (error, now) => {
      if (error || !now || now.error) return offline("The server accepted the connection but does not respond.");
      const stamp = now.event_timestamp;
      if (isNewest("queue", stamp)) drawQueue(now.queue_size);
      if (isNewest("running", stamp)) setText(byId("running"), String(now.checking_now.count));
      if (isNewest("totals", stamp)) drawTotals(now.general_stats);
      now.watches.forEach(drawSoon);
      now.missing.forEach(removeRow);
      inSync = new Date();
      showLive();
    });
  };

  const heard = () => { if (inSync) inSync = new Date(); };
  let refusals = 0;
  socket.on("connect", () => {
    refusals = 0;
    // It may be another server, whose clock is behind.
    stamps.clear();
    socket.io.engine.once("upgrade", () => { if (pill.dataset.state === "live") showLive(); });
    subscribe();
    if (inSync) turnstone.refreshRows?.();
  });
  socket.on("disconnect", (reason) => {
    // A connection that is cut was true until now; one that fell silent, until it was last heard of.
    if (reason !== "ping timeout") heard();
    const reasons = {
      "io server disconnect": "The server ended the connection.", "ping timeout": "The server has not responded for too long.",
      "transport close": "The connection was lost: the server is restarting, or the network is down.", "transport error": "The connection failed.",
    };
    offline(reasons[reason] ?? `The connection ended (${reason}).`);
    if (reason === "io server disconnect") setTimeout(() => socket.connect(), 3000);
  });
  socket.on("connect_error", async (error) => {
    refusals += 1;
    if (refusals < 2 && !inSync) return;
    if (!await answers()) {
      if (!socket.connected) offline("Turnstone does not respond.", true);
      return;
    }
    if (socket.connected) return;
    const status = error.description ? ` (status ${error.description})` : "";
    offline(`Connecting to ${base}/socket.io/ failed: ${error.message}${status}. A reverse proxy must forward this path; long polling is enough.`);
  });
  socket.onAny(heard);
  socket.io.on("ping", heard);
  socket.on("queue_size", (event) => {
    if (isNewest("queue", event.event_timestamp)) drawQueue(event);
  });
  socket.on("checking_now", (event) => {
    if (isNewest("running", event.event_timestamp)) setText(byId("running"), String(event.count));
  });
  socket.on("general_stats_update", (event) => {
    if (isNewest("totals", event.event_timestamp)) drawTotals(event);
  });
  socket.on("watch_update", (event) => drawSoon(event.watch));
  socket.on("watch_small_status_comment", (event) => {
    const row = byId(`w-${event.uuid}`);
    if (row?.dataset.kind === "checking") setText(row.querySelector(".detail"), event.status);
  });
  socket.on("watch_deleted", (event) => removeRow(event.uuid));
  socket.on("watch_created", () => turnstone.refreshRows?.());
  // An answer without an acknowledgement comes as an event of its own.
  socket.on("operation_result", (event) => { if (!event.success && event.error) toast(event.error, true); });

  // Does it over the socket; false when that is not possible now, and then the button's form is sent.
  const operate = (op, uuid, button) => {
    if (!socket.connected) return false;
    button?.setAttribute("aria-busy", "true");
    // "pause" alone would undo a pause that this page has not heard of yet.
    const wish = op === "pause" ? { op: "set_paused", uuid, paused: true } : { op, uuid };
    socket.timeout(10000).emit("watch_operation", wish, (error, answer) => {
      button?.removeAttribute("aria-busy");
      if (error) return toast("The server does not respond. Try again.", true);
      if (!answer?.success) return toast(answer?.error ?? "Request failed.", true);
      if (op === "delete") removeRow(uuid);
    });
    return true;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-op]");
    if (!button || event.defaultPrevented) return;
    const uuid = button.value;
    if (button.dataset.op === "delete") {
      if (!socket.connected || !turnstone.confirmDelete) return;
      event.preventDefault();
      turnstone.confirmDelete(uuid, () => { if (!operate("delete", uuid, button)) button.form.requestSubmit(button); });
    } else if (operate(button.dataset.op, uuid, button)) {
      event.preventDefault();
    } else if (inSync) {
      // The form would lead away from this page, to nowhere if nobody answers.
      event.preventDefault();
      answers().then((isThere) => {
        if (isThere) button.form.requestSubmit(button);
        else toast("The server does not respond. Try again.", true);
      });
    }
  });
  addEventListener("pageshow", (event) => { if (event.persisted) subscribe(); });

  Object.assign(turnstone, { subscribe, operate, isLive: () => socket.connected });
})();
