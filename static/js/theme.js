// Runs before the first paint, so that a dark page never flashes white; the only script here that is no module.
// Whoever wants another theme dispatches "theme:choose" on the document; the choice stands in <html data-chosen-theme>.
{
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;

  // Private windows may refuse to store it: the choice then lasts as long as the page.
  const readChoice = () => {
    try {
      return localStorage.getItem("theme") || "system";
    } catch {
      return root.dataset.chosenTheme || "system";
    }
  };

  const applyTheme = (choice) => {
    const isDark = choice === "dark" || (choice === "system" && dark.matches);
    root.dataset.chosenTheme = choice;
    root.setAttribute("data-bs-theme", isDark ? "dark" : "light");
  };

  document.addEventListener("theme:choose", ({ detail }) => {
    try {
      localStorage.setItem("theme", detail);
    } catch {
      // As above.
    }
    applyTheme(detail);
  });
  dark.addEventListener("change", () => applyTheme(readChoice()));
  window.addEventListener("storage", () => applyTheme(readChoice()));
  applyTheme(readChoice());

  // Times on pages are those of the reader's zone (portal/zones.py).
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;
}
