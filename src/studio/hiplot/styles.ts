// The view's style sheet. It lives inside the custom element: the page around it is not touched.

const colours = (dark: boolean) =>
  dark
    ? `color-scheme: dark; --bg: #121b23; --sunken: #0e161d; --text: #e4ebf1; --muted: #93a3b2;
       --line: #1f2b36; --strong: #465a6c; --accent: #5cc5e4; --soft: #12303c; --brush: #e4ebf1;
       --ok: #7fd6a4; --ok-soft: #14382a; --over: #ff9d86; --over-soft: #47231b; --under: #f0c674; --under-soft: #3f3315;
       --a: #ffb454; --b: #7cc8ff; --fresh: #7ee787; --fresh-soft: #1f4a2a; --lift: contrast(.6) brightness(1.4);`
    : `color-scheme: light; --bg: #ffffff; --sunken: #f0f3f6; --text: #13202b; --muted: #566675;
       --line: #e2e8ed; --strong: #9aa9b6; --accent: #0a6784; --soft: #e2f1f6; --brush: #13202b;
       --ok: #0f6b3f; --ok-soft: #dcf3e6; --over: #a8321a; --over-soft: #fbe3dc; --under: #7a5600; --under-soft: #f8ecc9;
       --a: #b45309; --b: #1d4ed8; --fresh: #16803c; --fresh-soft: #bdeccb; --lift: none;`;

/** The sheet's text. */
export const styles = `
:host { display: block; ${colours(false)} color: var(--text); background: var(--bg);
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums; }
:host([theme="dark"]) { ${colours(true)} }
@media (prefers-color-scheme: dark) { :host(:not([theme])) { ${colours(true)} } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
button, input, select { font: inherit; color: inherit; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.view { display: grid; grid-template-columns: minmax(0, 1fr); gap: 10px; padding: 14px 16px; }
.header { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; }
.counts { margin: 0; font-size: 15px; min-width: 230px; }
.counts b { font-size: 18px; font-weight: 650; }
.share, .mode { color: var(--muted); }
.mode { font-size: 12.5px; margin-left: auto; }
.group { display: flex; }
.group button, .panel-tools button { border: 1px solid var(--strong); background: var(--bg); padding: 5px 11px;
  margin-left: -1px; cursor: pointer; }
.group button:first-child { border-radius: 8px 0 0 8px; margin-left: 0; }
.group button:last-child { border-radius: 0 8px 8px 0; }
.group button:only-child { border-radius: 8px; }
.group button:hover:not(:disabled) { background: var(--soft); }
.group button:disabled { color: var(--muted); cursor: default; opacity: .65; }
.header input { border: 1px solid var(--strong); border-radius: 8px; background: var(--bg); padding: 5px 11px;
  width: 250px; }
input::placeholder { color: var(--muted); opacity: 1; }
.legend { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 18px; min-height: 32px; font-size: 13px; }
.legend label { color: var(--muted); }
.legend select, .panel select { border: 1px solid var(--strong); border-radius: 7px; background: var(--bg);
  color: var(--text); padding: 3px 8px; max-width: 190px; }
.legend ul { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 0; padding: 0; list-style: none; }
.legend li { display: flex; align-items: center; gap: 6px; overflow-wrap: anywhere; }
.dot { width: 10px; height: 10px; border-radius: 3px; flex: none; }
.ramp-words { display: grid; grid-template-columns: repeat(3, auto); justify-content: space-between; width: 240px;
  font-size: 12px; color: var(--muted); }
.ramp { grid-column: 1 / -1; height: 9px; border-radius: 5px; }
.parallel { overflow-x: auto; overflow-y: hidden; }
.stage { position: relative; margin-inline: auto; }
.lines, .axes, .labels { position: absolute; left: 0; }
.labels { top: 0; }
.lines canvas { display: block; }
/* The dark ends of colour maps would vanish on a dark ground. */
.lines canvas, .replay-lines, .panel-body canvas, .ramp, .dot { filter: var(--lift); }
.matrix canvas { filter: none; }
.overlay { position: absolute; left: 0; pointer-events: none; }
.axes { overflow: visible; }
.spine { stroke: var(--text); stroke-opacity: .75; }
.axis.leaving { opacity: .25; }
.ticks line { stroke: var(--text); stroke-opacity: .6; }
.ticks text { font-size: 11px; fill: var(--text); text-anchor: end; paint-order: stroke; stroke: var(--bg);
  stroke-width: 3.5px; stroke-linejoin: round; pointer-events: none; }
.ticks-right text { text-anchor: start; }
.brushes rect { fill: var(--brush); fill-opacity: .14; stroke: var(--brush); stroke-opacity: .8; }
.hit { fill: transparent; cursor: crosshair; touch-action: none; }
.hit:focus { outline: none; }
.hit:focus-visible { stroke: var(--accent); stroke-width: 2; }
.label { position: absolute; top: 4px; height: 34px; transform: translateX(-50%); display: flex; align-items: flex-end;
  justify-content: center; gap: 3px; padding: 2px 4px; border: 0; border-radius: 6px; background: none; cursor: grab;
  touch-action: none; user-select: none; -webkit-user-select: none; font-size: 13px; font-weight: 560; }
.label:hover { background: var(--soft); }
.label:active { cursor: grabbing; z-index: 2; background: var(--soft); }
.label-words { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; line-height: 1.3; }
.label-words h1, .label-words h2, .label-words h3 { font-size: 1.25em; margin: 0; display: inline; }
.label-colours { color: var(--accent); text-decoration: underline; text-underline-offset: 4px; }
.highlight { fill: none; stroke: var(--bg); stroke-width: 5; pointer-events: none; }
.highlight + .highlight { stroke: var(--text); stroke-width: 2.2; }
.density { position: sticky; left: 0; width: max-content; max-width: 100%; display: flex; flex-wrap: wrap;
  align-items: center; gap: 4px 18px; padding-top: 4px; font-size: 12px; color: var(--muted); }
.density label { display: flex; align-items: center; gap: 6px; }
.density select { border: 1px solid var(--strong); border-radius: 7px; background: var(--bg); color: var(--text);
  padding: 2px 6px; font-size: 12px; }
.density ul { display: flex; flex-wrap: wrap; gap: 2px 12px; margin: 0; padding: 0; list-style: none; }
.density li { display: flex; align-items: center; gap: 5px; }
.shade { width: 14px; height: 12px; border-radius: 3px; background: var(--text); }
.legend-row { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 6px 24px; }
.importance { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; font-size: 13px; }
.importance label { color: var(--muted); }
.importance select { border: 1px solid var(--strong); border-radius: 7px; background: var(--bg); color: var(--text);
  padding: 3px 8px; max-width: 190px; }
.importance button { border: 1px solid var(--strong); border-radius: 7px; background: var(--bg); padding: 3px 10px; cursor: pointer; }
.feet { margin-inline: auto; }
.feet svg { display: block; overflow: visible; }
.feet text { font-size: 11px; fill: var(--muted); }
.foot { fill: var(--accent); }
.foot-room { fill: var(--line); }
.marks { overflow: visible; display: block; }
.marks path { fill: none; stroke-width: 2.6; }
.marks .line-under { stroke: var(--bg); stroke-width: 6; }
.marks .line-a { stroke: var(--a); } .marks .line-b { stroke: var(--b); }
.marks text { font-size: 13px; font-weight: 700; }
text.letter-a { fill: var(--a); } text.letter-b { fill: var(--b); }
.line-fresh { stroke: var(--fresh); animation: fade 2.4s ease-out forwards; }
.rows .fresh td { animation: glow 2.4s ease-out; }
@keyframes fade { to { opacity: 0; } }
@keyframes glow { from { background: var(--fresh-soft); } }
@media (prefers-reduced-motion: reduce) {
  .line-fresh { animation: none; }
  .rows .fresh td { animation: none; background: var(--fresh-soft); }
}
.fit { display: inline-block; padding: 0 9px; border-radius: 99px; font-size: 12px; line-height: 20px; font-weight: 560; }
.fit-ok { background: var(--ok-soft); color: var(--ok); }
.fit-overfit { background: var(--over-soft); color: var(--over); }
.fit-underfit { background: var(--under-soft); color: var(--under); }
.fit-best { font-weight: 400; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.pick { border: 0; background: none; padding: 2px 4px; margin: 0 -4px; border-radius: 6px; cursor: pointer; }
.letter { display: inline-grid; place-items: center; width: 20px; height: 20px; margin-right: 6px; border-radius: 99px;
  color: var(--bg); font-size: 12px; }
b.letter-a { background: var(--a); } b.letter-b { background: var(--b); }
.rows .picked td { background: var(--soft); }
.better { padding: 10px 14px 12px; }
.better p { margin: 0 0 10px; }
.hint { color: var(--muted); font-size: 13px; max-width: 110ch; }
.verdict { display: flex; flex-wrap: wrap; gap: 6px 26px; align-items: center; }
.verdict .fit { margin-left: 8px; }
.as-tall-as-needed .panel-body { height: auto; max-height: none; resize: none; }
.better-scroll { overflow-x: auto; margin-bottom: 10px; }
.differences { border-collapse: collapse; font-size: 13px; min-width: 720px; width: 100%; }
.differences th, .differences td { text-align: left; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
.differences thead th { color: var(--muted); font-weight: 500; }
.differences tbody th { font-weight: 600; }
.effect-bar { display: block; position: relative; width: 150px; height: 8px; border-radius: 4px; margin-bottom: 3px;
  background: linear-gradient(90deg, var(--line) 0 calc(50% - .5px), var(--strong) 0 calc(50% + .5px), var(--line) 0); }
.effect-bar span { position: absolute; top: 0; bottom: 0; border-radius: 3px; background: var(--strong); }
.good .effect-bar span { background: var(--ok); } .bad .effect-bar span { background: var(--over); }
.effect-bar.faint span { opacity: .6; }
.below { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 20px; }
.replay { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 10px; font-size: 13px; }
.replay button { border: 1px solid var(--strong); border-radius: 8px; background: var(--bg); padding: 4px 11px; cursor: pointer; }
.replay button:hover { background: var(--soft); }
.replay input { width: min(420px, 60vw); accent-color: var(--accent); }
.replay-step { font-weight: 600; min-width: 9ch; }
.replay-lines { position: absolute; left: 0; top: 0; }
.replaying .lines canvas { opacity: .1; }
.notices { display: grid; gap: 4px; margin: 0; padding: 8px 14px; border-radius: 8px; background: var(--sunken);
  color: var(--muted); font-size: 13px; list-style: none; }
.hidden-axes { display: flex; flex-wrap: wrap; gap: 5px; align-items: center; font-size: 12.5px; color: var(--muted); }
.hidden-axes button { border: 1px dashed var(--strong); border-radius: 99px; background: none; padding: 1px 10px; cursor: pointer; }
.panels { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 14px; }
.panel { border: 1px solid var(--line); border-radius: 12px; overflow: hidden; min-width: 0; }
.panel-head { display: flex; align-items: center; gap: 6px 10px; padding: 8px 12px; border-bottom: 1px solid var(--line);
  font-size: 13px; color: var(--muted); }
.panel-head h2 { margin: 0; font-size: 14px; font-weight: 600; color: var(--text); margin-right: auto; }
.panel-body { position: relative; resize: vertical; overflow: hidden; height: 300px; }
.panel-body canvas, .panel-body svg { display: block; }
.panel.wide { grid-column: 1 / -1; }
.table-view, .table-scroll { height: 100%; }
.table-scroll { overflow: auto; }
.rows { border-collapse: separate; border-spacing: 0; min-width: 100%; font-size: 13px; }
.rows th { position: sticky; top: 0; background: var(--sunken); text-align: left; z-index: 1; border-bottom: 1px solid var(--line); }
.rows th button { border: 0; background: none; padding: 6px 12px; font-weight: 560; cursor: pointer; white-space: nowrap; }
.rows td { height: 30px; padding: 0 12px; border-bottom: 1px solid var(--line); white-space: nowrap; max-width: 420px;
  overflow: hidden; text-overflow: ellipsis; }
.rows .number { text-align: right; }
.rows tbody tr:hover td { background: var(--soft); }
.menu { position: fixed; z-index: 10; display: grid; min-width: 190px; padding: 6px; border: 1px solid var(--strong);
  border-radius: 10px; background: var(--bg); box-shadow: 0 8px 30px rgb(0 0 0 / 18%); }
.menu p { margin: 4px 10px; font-weight: 600; overflow-wrap: anywhere; }
.menu hr { width: 100%; margin: 4px 0; border: 0; border-top: 1px solid var(--line); }
.menu button { padding: 5px 10px; border: 0; border-radius: 6px; background: none; text-align: left; cursor: pointer; }
.menu button:hover, .menu button:focus { background: var(--soft); outline: none; }
.menu button[aria-checked="true"]::after { content: " ✓"; color: var(--accent); }
.tour { max-width: 560px; padding: 22px 26px; border: 1px solid var(--strong); border-radius: 14px; background: var(--bg); color: var(--text); }
.tour::backdrop { background: rgb(0 0 0 / 35%); }
.tour h2 { margin: 0 0 10px; font-size: 18px; }
.tour dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 16px; margin: 0 0 16px; }
.tour dt { font-weight: 600; } .tour dd { margin: 0; color: var(--muted); }
.tour button { padding: 7px 18px; border: 0; border-radius: 99px; background: var(--accent); color: var(--bg); cursor: pointer; }
.panel-tools { display: flex; flex-wrap: wrap; gap: 6px 10px; align-items: center; justify-content: end; min-width: 0; }
.panel-tools button { border-radius: 7px; padding: 2px 10px; }
.panel-tools input { width: 90px; accent-color: var(--accent); }
.panel-knob { flex: none; width: 28px; height: 28px; border: 0; border-radius: 7px; background: none; cursor: pointer; }
.panel-knob:hover { background: var(--soft); }
.xy, .bars, .matrix { position: relative; height: 100%; overflow: auto; }
.xy { cursor: crosshair; touch-action: none; overflow: hidden; }
.xy p { position: absolute; right: 18px; top: 14px; margin: 0; pointer-events: none; }
.xy .mark { stroke: var(--text); stroke-width: 2; fill: none; }
.xy .zoom { fill: var(--accent); fill-opacity: .15; stroke: var(--accent); }
.matrix { display: grid; gap: 4px; padding: 4px; }
.matrix canvas { background: var(--sunken); border-radius: 4px; max-width: 100%; }
.matrix-name { display: grid; place-items: center; font-size: 12.5px; font-weight: 600; overflow: hidden; text-overflow: ellipsis; }
.bars rect.selected { fill: var(--accent); fill-opacity: .75; }
.bars .all { fill: none; stroke: var(--text); stroke-width: 1.5; }
.bars text, .xy text { font-size: 11px; fill: var(--muted); }
.xy .best { fill: none; stroke-width: 2; }
.xy .best-ok { stroke: var(--ok); } .xy .best-overfit { stroke: var(--over); } .xy .best-underfit { stroke: var(--under); }
.xy .now { fill: var(--accent); stroke: var(--bg); stroke-width: 1.5; }
.tick { display: inline-flex; align-items: center; gap: 3px; }
.panel-tools .tick input { width: auto; }
.xy .frame { stroke: var(--line); fill: none; }
@media (max-width: 860px) { .panels { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 620px) {
  .view { padding: 10px 8px; } .header input { width: 100%; } .mode { margin-left: 0; }
  .tour dl { grid-template-columns: 1fr; gap: 2px; }
}
`;
