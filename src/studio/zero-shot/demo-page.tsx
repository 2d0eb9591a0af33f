// The demo of zero-shot labelling: a text, labels as one likes, and bars that move while one types.
import { type CSSProperties, type DragEvent, type KeyboardEvent, useId, useState } from "react";
import { formatPercent, formatScore } from "../format.ts";
import { t } from "../i18n/translate.ts";
import { useLabs } from "../labs/api.ts";
import { LabForm } from "../labs/lab-form.tsx";
import { SourceLink } from "../labs/source-link.tsx";
import { Notice, Section } from "../parts.tsx";
import { Link } from "../router.tsx";
import { type Answer, classifyLab, useAnswer } from "./ask.ts";
import { addLabels, type Keyword, moveLabel, piecesOf } from "./labels.ts";

interface Example {
  readonly text: string;
  readonly labels: readonly string[];
}

/** Texts to begin with. */
const examples: readonly Example[] = [
  {
    text: "Who are you voting for in 2020?",
    labels: ["business", "art & culture", "politics"],
  },
  {
    text: "My new card was charged twice at the airport and I still have not got my money back.",
    labels: ["refund", "lost card", "travel", "praise"],
  },
  {
    text: "Turn the lights down and play something slow by Nina Simone.",
    labels: ["play music", "smart home", "weather", "book a restaurant"],
  },
];

/** The page at `/labs/zero-shot-classify`. */
export function DemoPage() {
  const [text, setText] = useState(examples[0].text);
  const [labels, setLabels] = useState(examples[0].labels);
  const [template, setTemplate] = useState("{}");
  const [multi, setMulti] = useState(false);
  const { answer, glowing, error, ms } = useAnswer({ text, labels, template, multi });
  const { value: labs } = useLabs();
  const lab = labs?.find((each) => each.id === classifyLab);
  document.title = `${t("Label a text")} · Deepdive`;
  const keywords = glowing?.text === text ? glowing.keywords : [];
  return (
    <div className="page">
      <div className="page-head">
        <Link href="/" className="back">
          <span aria-hidden="true">←</span> {t("Home")}
        </Link>
        <h1>{t("Label a text")}</h1>
        <p className="lead">
          {t(
            "Write a text and name some labels. Nothing was trained for them: the model compares meanings.",
          )}
        </p>
        {lab && <SourceLink source={lab.source} />}
      </div>
      <div className="demo">
        <Section
          title={t("Text")}
          aside={<Examples onPick={(one) => pick(one, setText, setLabels)} />}
        >
          <GlowingText text={text} keywords={keywords} onText={setText} />
          <p className="note">
            {keywords.length > 0 && answer
              ? t("Glowing words speak for “{label}”.", { label: answer.labels[0] ?? "" })
              : t("When typing rests, the words that decide begin to glow.")}
          </p>
        </Section>
        <Section
          title={t("Labels")}
          aside={<ModeSwitch multi={multi} onMulti={setMulti} />}
          note={ms !== undefined && t("answered in {n} ms", { n: Math.round(ms) })}
        >
          <Bars labels={labels} answer={answer} multi={multi} onLabels={setLabels} />
          <NewLabel onTyped={(typed) => setLabels(addLabels(labels, typed))} />
          <TemplateBox template={template} onTemplate={setTemplate} />
          {error && <Notice title={error} tone="bad" />}
          {answer?.truncated && (
            <p className="note">{t("Only the beginning of the text was read: it is too long.")}</p>
          )}
        </Section>
      </div>
      <div className="lab-links">
        <Link className="button" href="/labs/zero-shot-label">
          {t("Label a file of texts: a map, a review desk, a classifier")}
        </Link>
      </div>
      {lab && (
        <details className="card demo-form">
          <summary>{t("All settings, and a run that is kept")}</summary>
          <LabForm lab={lab} />
        </details>
      )}
    </div>
  );
}

function pick(
  { text, labels }: Example,
  setText: (text: string) => void,
  setLabels: (labels: readonly string[]) => void,
): void {
  setText(text);
  setLabels(labels);
}

function Examples({ onPick }: { onPick: (example: Example) => void }) {
  return (
    <fieldset className="chips demo-examples">
      <legend className="demo-hidden">{t("Examples")}</legend>
      {examples.map((example, i) => (
        <button
          key={example.text}
          type="button"
          className="chip"
          title={example.text}
          onClick={() => onPick(example)}
        >
          {t("Example {n}", { n: i + 1 })}
        </button>
      ))}
    </fieldset>
  );
}

/** A text area over the same text whose keywords have a ground of light. */
function GlowingText(props: {
  text: string;
  keywords: readonly Keyword[];
  onText: (text: string) => void;
}) {
  const { text, keywords, onText } = props;
  let offset = 0;
  return (
    <div className="glow">
      <div className="glow-back" aria-hidden="true">
        {piecesOf(text, keywords).map((piece) => {
          const key = offset;
          offset += piece.text.length;
          if (piece.glow === 0) return <span key={key}>{piece.text}</span>;
          const strength = `${Math.round(20 + 60 * piece.glow)}%`;
          return (
            <mark key={key} style={{ "--glow": strength } as CSSProperties}>
              {piece.text}
            </mark>
          );
        })}
        {/* A last empty line has height only with something on it. */}
        {"\u200b"}
      </div>
      <textarea
        value={text}
        rows={4}
        spellCheck={false}
        aria-label={t("Text")}
        onChange={(event) => onText(event.target.value)}
      />
    </div>
  );
}

/** One label or several: scores that share 100%, or each by itself. */
function ModeSwitch({ multi, onMulti }: { multi: boolean; onMulti: (multi: boolean) => void }) {
  return (
    <fieldset className="demo-mode">
      <legend className="demo-hidden">{t("How many labels a text may have")}</legend>
      {[false, true].map((value) => (
        <label key={String(value)}>
          <input
            type="radio"
            name="mode"
            checked={multi === value}
            onChange={() => onMulti(value)}
          />
          {value ? t("several labels") : t("one label")}
        </label>
      ))}
    </fieldset>
  );
}

interface BarsProps {
  readonly labels: readonly string[];
  readonly answer: Answer | undefined;
  readonly multi: boolean;
  readonly onLabels: (labels: readonly string[]) => void;
}

/** A row per label: its chip, its bar, its score. Rows are dragged, or moved with Alt and an arrow. */
function Bars({ labels, answer, multi, onLabels }: BarsProps) {
  const [dragged, setDragged] = useState<number | null>(null);
  const scores = new Map(answer?.labels.map((label, i) => [label, answer.scores[i]]));
  const best = answer?.labels[0];
  const over = (event: DragEvent, at: number) => {
    if (dragged === null) return;
    event.preventDefault();
    if (dragged === at) return;
    onLabels(moveLabel(labels, dragged, at));
    setDragged(at);
  };
  const byKey = (event: KeyboardEvent, at: number) => {
    const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (!event.altKey || step === 0) return;
    event.preventDefault();
    onLabels(moveLabel(labels, at, at + step));
  };
  if (labels.length === 0) return <p className="note">{t("Name at least one label.")}</p>;
  return (
    <ul className="demo-bars">
      {labels.map((label, at) => {
        const score = scores.get(label);
        return (
          <li
            key={label}
            draggable
            className={dragged === at ? "demo-bar demo-dragged" : "demo-bar"}
            data-best={label === best || undefined}
            onDragStart={() => setDragged(at)}
            onDragOver={(event) => over(event, at)}
            onDragEnd={() => setDragged(null)}
          >
            <span className="demo-chip">
              {label}
              <button
                type="button"
                aria-label={t("Remove “{label}”", { label })}
                title={t("Alt and arrow keys move it")}
                onKeyDown={(event) => byKey(event, at)}
                onClick={() => onLabels(labels.filter((each) => each !== label))}
              >
                <span aria-hidden="true">×</span>
              </button>
            </span>
            <span className="demo-track" aria-hidden="true">
              <span style={{ transform: `scaleX(${Math.min(Math.max(score ?? 0, 0), 1)})` }} />
            </span>
            <output className="demo-score">
              {score === undefined
                ? "–"
                : multi || labels.length === 1
                  ? formatScore(score)
                  : formatPercent(score)}
            </output>
          </li>
        );
      })}
    </ul>
  );
}

function NewLabel({ onTyped }: { onTyped: (typed: string) => void }) {
  const [typed, setTyped] = useState("");
  const add = () => {
    onTyped(typed);
    setTyped("");
  };
  return (
    <form
      className="demo-add"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <input
        type="text"
        value={typed}
        placeholder={t("another label, or several with commas")}
        aria-label={t("New label")}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={add}
      />
      <button type="submit" className="chip" disabled={typed.trim() === ""}>
        {t("Add")}
      </button>
    </form>
  );
}

function TemplateBox(props: { template: string; onTemplate: (template: string) => void }) {
  const id = useId();
  return (
    <div className="field demo-template">
      <label htmlFor={id}>{t("Template")}</label>
      <input
        id={id}
        type="text"
        value={props.template}
        list={`${id}-known`}
        aria-describedby={`${id}-note`}
        onChange={(event) => props.onTemplate(event.target.value)}
      />
      <datalist id={`${id}-known`}>
        {["{}", "This text is about {}.", "This example is {}.", "I have a question about {}."].map(
          (known) => (
            <option key={known} value={known} />
          ),
        )}
      </datalist>
      <p className="note" id={`${id}-note`}>
        {t("The sentence in which a label is compared; {} is its place.")}
      </p>
    </div>
  );
}
