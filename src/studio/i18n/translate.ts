// What the page says in the reader's language: the English sentence is its own key.
import { useSyncExternalStore } from "react";
import { russian } from "./russian.ts";

/** The languages of the Studio. */
export const languages = { en: "English", ru: "Русский" } as const;

/** A language's code. */
export type Language = keyof typeof languages;

const storageKey = "deepdive.language";
const listeners = new Set<() => void>();
let current: Language = firstLanguage();

function firstLanguage(): Language {
  if (typeof window === "undefined") return "en";
  const asked = window.localStorage.getItem(storageKey) ?? navigator.language.slice(0, 2);
  return asked === "ru" ? "ru" : "en";
}

/** The language that is shown. */
export function language(): Language {
  return current;
}

/** Changes the language; whoever uses `useLanguage` is drawn again. */
export function setLanguage(next: Language): void {
  current = next;
  window.localStorage.setItem(storageKey, next);
  document.documentElement.lang = next;
  for (const listener of listeners) listener();
}

/** The language that is shown, for a component that must be drawn again when it changes. */
export function useLanguage(): Language {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, language);
}

/**
 * The sentence in the reader's language, with `{name}` replaced by its value. A sentence without a
 * translation stays English, and a test names it.
 */
export function t(
  sentence: string,
  values: Readonly<Record<string, string | number>> = {},
): string {
  const text = current === "ru" ? (russian[sentence] ?? sentence) : sentence;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

const rules = { en: new Intl.PluralRules("en"), ru: new Intl.PluralRules("ru") };

/**
 * A counted noun: `plural(3, { one: "{n} more curve", other: "{n} more curves" })`. Russian has one more form,
 * `few`, whose sentence stands in the catalogue under "… (few)" of the English plural.
 */
export function plural(count: number, forms: { one: string; other: string }): string {
  const values = { n: count.toLocaleString(current) };
  const rule = rules[current].select(count);
  if (rule === "one") return t(forms.one, values);
  if (rule === "few") return t(`${forms.other} (few)`, values);
  return t(forms.other, values);
}
