// A lab's form, made from the JSON schema of its input.
import { type FormEvent, useId, useMemo, useState } from "react";
import { humanize } from "../format.ts";
import { t } from "../i18n/translate.ts";
import { Notice } from "../parts.tsx";
import { goTo } from "../router.tsx";
import { type Lab, startRun, uploadFile } from "./api.ts";
import { type Field, startTexts, toFields, toInput } from "./form-values.ts";

/** The form with its examples; sending it opens the run's page. */
export function LabForm({ lab }: { lab: Lab }) {
  const fields = useMemo(() => toFields(lab.input), [lab]);
  const [texts, setTexts] = useState(() => startTexts(fields, lab.examples[0]?.input));
  const [error, setError] = useState<string | null>(null);
  const [sending, setSending] = useState(false);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setError(null);
    setSending(true);
    try {
      const run = await startRun(lab.id, toInput(fields, texts));
      goTo(`/runs/${run.id}`);
    } catch (problem) {
      setError((problem as Error).message);
      setSending(false);
    }
  };
  return (
    <form className="lab-form" onSubmit={send}>
      {lab.examples.length > 0 && (
        <fieldset className="chips">
          <legend className="note">{t("Start from an example")}</legend>
          {lab.examples.map((example) => (
            <button
              key={example.title}
              type="button"
              className="chip"
              onClick={() => setTexts(startTexts(fields, example.input))}
            >
              {example.title}
            </button>
          ))}
        </fieldset>
      )}
      {fields.map((field) => (
        <FieldRow
          key={field.name}
          field={field}
          text={texts[field.name]}
          onText={(text) => setTexts((old) => ({ ...old, [field.name]: text }))}
        />
      ))}
      {error && <Notice title={error} tone="bad" />}
      <button type="submit" className="button button-main" disabled={sending}>
        {sending ? t("Starting…") : t("Run it")}
      </button>
    </form>
  );
}

interface FieldProps {
  readonly field: Field;
  readonly text: string;
  readonly onText: (text: string) => void;
}

function FieldRow(props: FieldProps) {
  const { field } = props;
  const id = useId();
  const described = field.schema.description ? `${id}-note` : undefined;
  return (
    <div className={`field field-${field.kind}`}>
      <label htmlFor={id}>
        {field.schema.title ?? humanize(field.name)}
        {field.required && <span className="field-needed"> {t("needed")}</span>}
      </label>
      <FieldInput {...props} id={id} described={described} />
      {described && (
        <p className="note" id={described}>
          {field.schema.description}
        </p>
      )}
    </div>
  );
}

function FieldInput(props: FieldProps & { id: string; described: string | undefined }) {
  const { field, text, onText, id, described } = props;
  const common = { id, "aria-describedby": described, required: field.required };
  switch (field.kind) {
    case "switch":
      return (
        <input
          id={id}
          aria-describedby={described}
          type="checkbox"
          checked={text === "true"}
          onChange={(event) => onText(String(event.target.checked))}
        />
      );
    case "choice":
      return (
        <select {...common} value={text} onChange={(event) => onText(event.target.value)}>
          {!field.required && <option value="">{t("as the lab decides")}</option>}
          {field.options.map((option) => (
            <option key={String(option)} value={String(option)}>
              {String(option)}
            </option>
          ))}
        </select>
      );
    case "list":
    case "json":
      return (
        <textarea
          {...common}
          rows={field.kind === "list" ? 4 : 6}
          spellCheck={false}
          placeholder={field.kind === "list" ? t("one per line") : "{ }"}
          value={text}
          onChange={(event) => onText(event.target.value)}
        />
      );
    case "file":
      return <FileInput {...props} />;
    default:
      return (
        <input
          {...common}
          type="text"
          inputMode={field.kind === "number" ? "decimal" : undefined}
          spellCheck={false}
          value={text}
          onChange={(event) => onText(event.target.value)}
        />
      );
  }
}

/** A path on the server's machine, a word for data that comes with it, or a file from this machine. */
function FileInput(props: FieldProps & { id: string; described: string | undefined }) {
  const { field, text, onText, id, described } = props;
  const [note, setNote] = useState("");
  const send = async (file: File | undefined) => {
    if (!file) return;
    setNote(t("Sending {name}…", { name: file.name }));
    try {
      onText(await uploadFile(file));
      setNote(t("{name} is there", { name: file.name }));
    } catch (error) {
      setNote((error as Error).message);
    }
  };
  return (
    <div className="file-field">
      <input
        id={id}
        type="text"
        list={`${id}-words`}
        aria-describedby={described}
        required={field.required}
        spellCheck={false}
        value={text}
        onChange={(event) => onText(event.target.value)}
      />
      <datalist id={`${id}-words`}>
        {field.options.map((word) => (
          <option key={String(word)} value={String(word)} />
        ))}
      </datalist>
      <label className="button file-button">
        {t("Choose a file")}
        <input type="file" className="hidden" onChange={(event) => send(event.target.files?.[0])} />
      </label>
      {note && (
        <span className="note" role="status">
          {note}
        </span>
      )}
    </div>
  );
}
