// One lab: what it is, its form, and its latest runs.
import { t } from "../i18n/translate.ts";
import { useRuns } from "../live.ts";
import { Notice, Section } from "../parts.tsx";
import { Link } from "../router.tsx";
import { RunList } from "../run-list.tsx";
import { useLabs } from "./api.ts";
import { LabForm } from "./lab-form.tsx";
import { SourceLink } from "./source-link.tsx";

const shownRuns = 8;

/** The page at `/labs/:name`. */
export function LabPage({ id }: { id: string }) {
  const { value: labs, error } = useLabs();
  const { value: runs } = useRuns();
  const lab = labs?.find((one) => one.id === id);
  document.title = `${lab?.title ?? id} · Deepdive`;
  if (!lab) {
    if (!labs && !error) return null;
    return (
      <div className="page">
        <Notice title={error?.message ?? t("There is no lab “{name}”", { name: id })} tone="bad">
          <Link href="/">{t("Home")}</Link>
        </Notice>
      </div>
    );
  }
  const own = runs?.filter((run) => run.lab === lab.id).slice(0, shownRuns) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <Link href="/" className="back">
          <span aria-hidden="true">←</span> {t("Home")}
        </Link>
        <h1>{lab.title}</h1>
        <p className="lead">{lab.summary}</p>
        <SourceLink source={lab.source} />
      </div>
      <Section title={t("Run it")}>
        <LabForm lab={lab} />
      </Section>
      {own.length > 0 && (
        <>
          <h2>{t("Latest runs")}</h2>
          <RunList runs={own} />
        </>
      )}
    </div>
  );
}
