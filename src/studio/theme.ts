// Light or dark: as the system has it until the reader chooses. `public/theme.js` sets it before the first paint.
import { useSyncExternalStore } from "react";

/** What the reader chose; "system" follows the operating system. */
export type Theme = "system" | "light" | "dark";

const storageKey = "deepdive.theme";
const darkSystem = window.matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

/** The reader's choice. */
export function chosenTheme(): Theme {
  const stored = window.localStorage.getItem(storageKey);
  return stored === "light" || stored === "dark" ? stored : "system";
}

/** Whether the page is dark now. */
export function isDark(): boolean {
  return document.documentElement.dataset.theme === "dark";
}

/** Changes the theme and remembers it. */
export function chooseTheme(theme: Theme): void {
  window.localStorage.setItem(storageKey, theme);
  apply();
}

function apply(): void {
  const theme = chosenTheme();
  const dark = theme === "dark" || (theme === "system" && darkSystem.matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  for (const listener of listeners) listener();
}

darkSystem.addEventListener("change", apply);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether the page is dark, for a component that draws with colours of its own. */
export function useDark(): boolean {
  return useSyncExternalStore(subscribe, isDark);
}

/** The reader's choice, for the switch. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, chosenTheme);
}
