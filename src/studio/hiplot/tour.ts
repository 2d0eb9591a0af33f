// The help: what a pointer and the keys can do.
import { t } from "../i18n/translate.ts";
import { button, html } from "./dom.ts";

/** Opens the help over the view. */
export function openTour(root: ShadowRoot): void {
  const deeds: readonly [string, string][] = [
    [
      t("Drag along an axis"),
      t("selects rows; with Shift adds another stretch, a click takes it away"),
    ],
    [t("Drag a label"), t("moves its axis; far up or down removes it")],
    [t("Click a label"), t("turns its axis upside down")],
    [t("Right click or long press a label"), t("opens its menu: scale, colours, views")],
    [
      t("Keep and Exclude"),
      t("go on with the selected rows, or without them; Restore brings all back"),
    ],
    [
      t("Tab, arrows, Enter, Delete"),
      t("do all of this from the keyboard; M opens a label's menu"),
    ],
    ["Ctrl + Z", t("undoes; with Shift redoes")],
    [t("Click two lines or rows"), t("shows what sets the two runs apart, and how sure that is")],
    [t("What matters for"), t("marks at the feet of the axes how much each column matters")],
    [t("Replay the training"), t("moves the lines from epoch to epoch; Space plays and pauses")],
  ];
  const dialog = html(
    "dialog",
    { class: "tour", "aria-label": t("Help") },
    html("h2", {}, t("How to read and use this plot")),
    html(
      "p",
      {},
      t("Each line is a row of the data. It crosses every axis at the row's value in that column."),
    ),
    html(
      "dl",
      {},
      ...deeds.flatMap(([what, does]) => [html("dt", {}, what), html("dd", {}, does)]),
    ),
    button(t("Close"), () => dialog.close()),
  );
  dialog.addEventListener("close", () => dialog.remove());
  root.append(dialog);
  dialog.showModal();
}
