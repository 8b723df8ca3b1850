// Keys of the pages about one watch.
(() => {
  "use strict";
  const press = (selector) => () => {
    const target = document.querySelector(selector);
    if (!target) return false;
    target.click();
  };
  turnstone.keys({
    r: press(".head [data-op=recheck]"), p: press(".head [data-op=pause],.head [data-op=unpause]"), v: press(".head a.address"),
    e: press("[data-tab=edit]"), c: press("[data-tab=changes]"), t: press("[data-tab=preview]"),
  });
  const form = document.getElementById("edit");
  form?.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
})();
