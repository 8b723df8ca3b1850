// Walking through the differences, and unfolding in place what the page already has.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const table = document.querySelector("table.diff");
  if (!table) return;
  const total = Number(table.dataset.changes);
  let at = 0;
  const show = (number) => {
    const row = byId(`c${number}`);
    if (!row) return false;
    table.querySelector("tr.here")?.classList.remove("here");
    row.classList.add("here");
    row.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    at = number;
    byId("walked").textContent = `${at} of ${total}`;
  };
  const next = () => show(Math.min(total, at + 1));
  const previous = () => show(Math.max(1, at - 1));
  for (const [id, go] of [["next-change", next], ["previous-change", previous]]) {
    byId(id).hidden = false;
    byId(id).addEventListener("click", go);
  }
  turnstone.keys({ j: next, k: previous, f: turnstone.follow("folding"), s: turnstone.follow("other-view") });

  table.addEventListener("click", (event) => {
    const link = event.target.closest(".fold a");
    const folded = link?.closest("tbody").nextElementSibling;
    if (!folded?.hidden) return;
    event.preventDefault();
    link.closest("tbody").remove();
    folded.hidden = false;
    folded.tabIndex = -1;
    folded.focus({ preventScroll: true });
  });
})();
