// An explanation as one HTML file: no script, nothing from elsewhere, all text of others escaped.
import type { Explanation, TabularExplanation, TextExplanation } from "../api.ts";
import type { EntityExplanation } from "../entities.ts";
import { describeFlip } from "../flip.ts";
import type { ImageExplanation } from "../image.ts";
import type { MixedExplanation } from "../mixed.ts";
import { explanationSvg } from "./bars.ts";
import { formatWeight, shade } from "./colours.ts";
import { escapeMarkup } from "./escape.ts";
import { encodePng, overlay } from "./overlay.ts";

/** What a report can show. */
export type AnyExplanation =
  | TextExplanation
  | TabularExplanation
  | ImageExplanation
  | MixedExplanation
  | EntityExplanation;

const style = `
body{font:15px/1.5 system-ui,sans-serif;color:#222;background:#fff;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
.example{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #ddd;border-radius:6px;padding:.75rem 1rem}
mark{color:inherit;border-radius:3px;padding:0 1px}
table{border-collapse:collapse}td,th{padding:.15rem .75rem;border-bottom:1px solid #ddd;text-align:left}
td.number{text-align:right;font-variant-numeric:tabular-nums}
img,svg{max-width:100%;height:auto}img{image-rendering:pixelated}
.note{color:#555}.entity{outline:2px solid #222}`;

/** One page for one or more explanations. `title` and all names may come from anywhere. */
export async function reportHtml(
  explained: readonly AnyExplanation[],
  title = "Explanation",
): Promise<string> {
  const sections = await Promise.all(explained.map(section));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escapeMarkup(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeMarkup(title)}</h1>
<p class="note">Blue speaks for the class, orange against it. Weights hold near this example only.</p>
${sections.join("\n")}
</body>
</html>
`;
}

async function section(explained: AnyExplanation): Promise<string> {
  const parts: string[] = [];
  for (const explanation of explained.explanations) {
    const { className, modelOutput, r2, localPrediction, calls, exact } = explanation;
    const facts = [
      `model ${modelOutput.toFixed(4)}`,
      `surrogate ${localPrediction.toFixed(4)}`,
      `weighted R2 ${r2.toFixed(3)}`,
      `${calls} model calls${exact ? ", every neighbour" : ""}`,
    ];
    parts.push(
      `<section><h2>${escapeMarkup(className)}</h2>`,
      `<p class="note">${facts.join(" · ")}</p>`,
      await example(explained, explanation),
      explanationSvg(explanation),
      "</section>",
    );
  }
  const { flip } = explained;
  if (flip)
    parts.push(`<p>The model changes its mind ${escapeMarkup(describeFlip(flip, explained))}.</p>`);
  const notes = explained.notes.map((note) => `<li>${escapeMarkup(note)}</li>`);
  if (notes.length > 0) parts.push(`<ul class="note">${notes.join("")}</ul>`);
  return parts.join("\n");
}

async function example(explained: AnyExplanation, explanation: Explanation): Promise<string> {
  switch (explained.kind) {
    case "text":
      return textInPlace(explained, explanation);
    case "table":
      return cells(explained, explanation);
    case "mixed":
      return `${textInPlace(explained, explanation)}\n${cells(explained, explanation)}`;
    case "entity":
      return sentence(explained, explanation);
    case "image": {
      const png = await encodePng(overlay(explained, explanation), 320);
      const source = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
      return `<p><img src="${source}" alt="The picture with the regions that matter most"></p>`;
    }
    default:
      return explained satisfies never;
  }
}

function strongest({ weights }: Explanation): number {
  return Math.max(0, ...weights.map(({ weight }) => Math.abs(weight)));
}

function hint({ weight, low, high }: Explanation["weights"][number]): string {
  return `${formatWeight(weight)} (${formatWeight(low)} to ${formatWeight(high)})`;
}

function textInPlace({ text }: Pick<TextExplanation, "text">, explanation: Explanation): string {
  const most = strongest(explanation);
  const marks = explanation.weights
    .flatMap((weight) => (weight.positions ?? []).map((position) => ({ weight, position })))
    .sort((a, b) => a.position[0] - b.position[0]);
  let html = "";
  let from = 0;
  for (const { weight, position } of marks) {
    html += escapeMarkup(text.slice(from, position[0]));
    const word = escapeMarkup(text.slice(...position));
    html += `<mark style="background:${shade(weight.weight, most)}" title="${hint(weight)}">${word}</mark>`;
    from = position[1];
  }
  return `<div class="example">${html}${escapeMarkup(text.slice(from))}</div>`;
}

function sentence({ sentence: tokens, entity }: EntityExplanation, explanation: Explanation) {
  const most = strongest(explanation);
  const byToken = new Map(explanation.weights.map((weight) => [weight.feature, weight]));
  const words = tokens.map((token, i) => {
    const weight = byToken.get(i);
    const own = i >= entity.tokens[0] && i < entity.tokens[1] ? ' class="entity"' : "";
    if (weight === undefined)
      return own ? `<span${own}>${escapeMarkup(token)}</span>` : escapeMarkup(token);
    const background = shade(weight.weight, most);
    return `<mark${own} style="background:${background}" title="${hint(weight)}">${escapeMarkup(token)}</mark>`;
  });
  return `<div class="example">${words.join(" ")}</div>`;
}

/** The columns are the last of the features. */
function cells(
  { cells: own, features }: Pick<TabularExplanation, "cells" | "features">,
  explanation: Explanation,
): string {
  const most = strongest(explanation);
  const first = features.length - own.length;
  const byColumn = new Map(explanation.weights.map((weight) => [weight.feature, weight]));
  const rows = own.map(({ column, value }, i) => {
    const weight = byColumn.get(first + i);
    const background = weight === undefined ? "none" : shade(weight.weight, most);
    const number = weight === undefined ? "" : formatWeight(weight.weight);
    return `<tr style="background:${background}"><th>${escapeMarkup(column)}</th><td>${escapeMarkup(value)}</td><td>${escapeMarkup(features[first + i] ?? "")}</td><td class="number">${number}</td></tr>`;
  });
  return `<table><thead><tr><th>column</th><th>value</th><th>feature</th><th>weight</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}
