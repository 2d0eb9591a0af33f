/** @file HTML as the text that a reader sees: no tags, styles, scripts or comments; entities resolved. */

const hiddenOpening = /<(script|style|title|noscript|template)\b[^<>]*>/gi;
const blocks =
  /<\/?(?:p|div|br|tr|table|li|ul|ol|h[1-6]|hr|blockquote|pre|center|form|section|article|option|dt|dd)\b[^<>]*>/gi;

/** The visible text of an HTML document or fragment; blocks and rows end lines. Never throws. */
export function htmlToText(html: string): string {
  const text = withoutHidden(withoutComments(html))
    // Outside <pre> a line break in the source is a blank.
    .replace(/[\r\n\t ]+/g, " ")
    .replace(blocks, "\n")
    .replace(/<\/?t[dh]\b[^<>]*>/gi, " ")
    .replace(/<[a-z!/?][^<>]*>/gi, "")
    // A tag that was cut off at the end.
    .replace(/<[a-z!/?][^<>]*$/i, "");
  return decodeEntities(text)
    .replace(/[ \u00a0]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

// What lacks its end hides nothing: in mails that is a slip, and the text after it is read. Both
// searches below end at the first missing end, so that no input takes quadratic time.

function withoutComments(html: string): string {
  let kept = "";
  let from = 0;
  while (true) {
    const start = html.indexOf("<!--", from);
    const end = start === -1 ? -1 : html.indexOf("-->", start + 4);
    if (end === -1) return kept + html.slice(from);
    kept += html.slice(from, start);
    from = end + 3;
  }
}

function withoutHidden(html: string): string {
  const endings = new Map<string, RegExp | null>();
  const opening = new RegExp(hiddenOpening);
  let kept = "";
  let from = 0;
  for (let match = opening.exec(html); match !== null; match = opening.exec(html)) {
    const tag = match[1]!.toLowerCase();
    const ending = endings.get(tag) ?? new RegExp(`</${tag}\\s*>`, "gi");
    if (endings.get(tag) === null) continue;
    ending.lastIndex = opening.lastIndex;
    const found = ending.test(html);
    endings.set(tag, found ? ending : null);
    if (!found) continue;
    kept += `${html.slice(from, match.index)} `;
    from = ending.lastIndex;
    opening.lastIndex = from;
  }
  return kept + html.slice(from);
}

// HTML 4.01, section 24.2: U+00A0 to U+00FF in order of their code points.
const latin1Entities =
  "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn " +
  "sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave " +
  "Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml " +
  "ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN " +
  "szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute " +
  "icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml " +
  "yacute thorn yuml";

const entities = new Map<string, string>([
  ...latin1Entities.split(" ").map((name, i) => [name, String.fromCharCode(0xa0 + i)] as const),
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
  ["ndash", "–"],
  ["mdash", "—"],
  ["lsquo", "‘"],
  ["rsquo", "’"],
  ["sbquo", "‚"],
  ["ldquo", "“"],
  ["rdquo", "”"],
  ["bdquo", "„"],
  ["bull", "•"],
  ["hellip", "…"],
  ["trade", "™"],
  ["euro", "€"],
]);

/** Resolves numbered entities and the named ones of HTML 4 that occur in running text. */
export function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([A-Za-z][A-Za-z\d]{1,6}));?/g,
    (...match) => {
      const [whole, decimal, hex, name] = match as [string, string?, string?, string?];
      if (name !== undefined)
        return entities.get(name) ?? entities.get(name.toLowerCase()) ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      // Numbers 128 to 159 were written for Windows-1252 and are shown as such (HTML, section 13.2.5.80).
      if (code >= 0x80 && code <= 0x9f) return windows1252.decode(Uint8Array.of(code));
      const valid = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
      return valid ? String.fromCodePoint(code) : "\ufffd";
    },
  );
}

const windows1252 = new TextDecoder("windows-1252");
