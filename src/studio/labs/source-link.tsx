// Where a lab's method comes from.
import { t } from "../i18n/translate.ts";

/** The source as a link where it holds an address, else as words. */
export function SourceLink({ source }: { source: string }) {
  if (!source) return null;
  const address = /https?:\/\/[^\s)>]+/.exec(source)?.[0];
  const words = source.replace(address ?? "", "").replace(/[\s,:(–-]+$/, "") || shorten(address);
  return (
    <p className="source">
      {t("Source")}:{" "}
      {address ? (
        <a href={address} target="_blank" rel="noreferrer">
          {words}
        </a>
      ) : (
        words
      )}
    </p>
  );
}

function shorten(address = ""): string {
  return address.replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "");
}
