// Before the first paint: the chosen colours, and that scripts run. The rest is in page.js.
(() => {
  "use strict";
  const root = document.documentElement;
  root.dataset.scripts = "";
  try {
    const theme = localStorage.getItem("turnstone.theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Storage is switched off: the device's colours it is.
  }
})();
