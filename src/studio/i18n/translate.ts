// What the page says in the reader's language: the English sentence is its own key.
import { russian } from "./russian.ts";

/** The languages of the Studio. */
export const languages = { en: "English", ru: "Русский" } as const;

/** A language's code. */
export type Language = keyof typeof languages;

const storageKey = "deepdive.language";
const listeners = new Set<() => void>();
let current: Language = firstLanguage();

function firstLanguage(): Language {
  if (typeof document === "undefined") return "en";
  return document.documentElement.lang === "ru" ? "ru" : "en";
}

/** The language that is shown. */
export function language(): Language {
  return current;
}

/** Changes the language and remembers it. `public/theme.js` sets it before the first paint. */
export function setLanguage(next: Language): void {
  current = next;
  window.localStorage.setItem(storageKey, next);
  document.documentElement.lang = next;
  for (const listener of listeners) listener();
}

/** Calls back whenever the language changes; returns how to leave. */
export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
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
