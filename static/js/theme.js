// Runs before the first paint, so that a dark page never flashes white.
(function () {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function choice() {
    try {
      return localStorage.getItem("theme") || "system";
    } catch {
      return "system";
    }
  }

  function apply() {
    const chosen = choice();
    const isDark = chosen === "dark" || (chosen === "system" && dark.matches);
    document.documentElement.setAttribute("data-bs-theme", isDark ? "dark" : "light");
  }

  window.portalTheme = {
    choice,
    choose(value) {
      try {
        localStorage.setItem("theme", value);
      } catch {
        // Private windows may refuse: the choice then lasts as long as the page.
      }
      apply();
    },
  };
  dark.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  apply();
})();
