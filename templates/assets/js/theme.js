// Puts the chosen colours on before the first paint; everything else about them is in page.js.
(() => {
  "use strict";
  try {
    const theme = localStorage.getItem("turnstone.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is switched off: the device's colours it is.
  }
})();
