// Runs before the first paint, so that a dark page is never white for a moment.
(() => {
  const chosen = localStorage.getItem("deepdive.theme");
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const root = document.documentElement;
  root.dataset.theme = chosen === "light" || chosen === "dark" ? chosen : system;
  const language = localStorage.getItem("deepdive.language") ?? navigator.language.slice(0, 2);
  root.lang = language === "ru" ? "ru" : "en";
})();
