// The language of the page for components of React.
import { useSyncExternalStore } from "react";
import { type Language, language, onLanguage } from "./translate.ts";

/** The language that is shown, for a component that must be drawn again when it changes. */
export function useLanguage(): Language {
  return useSyncExternalStore(onLanguage, language);
}
