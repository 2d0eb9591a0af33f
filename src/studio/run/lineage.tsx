// Where a run comes from and what went on from it.
import type { RunDetails } from "../api.ts";
import { t } from "../i18n/translate.ts";
import { useRuns } from "../live.ts";
import { Section } from "../parts.tsx";
import { Link } from "../router.tsx";

/** The runs before and after this one; nothing where it stands alone. */
export function Lineage({ run }: { run: RunDetails }) {
  const { value: runs = [] } = useRuns();
  const parent = runs.find(({ id }) => id === run.parent);
  const children = runs.filter((other) => other.parent === run.id);
  if (!run.parent && children.length === 0) return null;
  return (
    <Section title={t("Lineage")}>
      <ul className="lineage">
        {run.parent && (
          <li>
            {t("continues")} <Link href={`/runs/${run.parent}`}>{parent?.name ?? run.parent}</Link>
          </li>
        )}
        {children.map((child) => (
          <li key={child.id}>
            {t("continued by")} <Link href={`/runs/${child.id}`}>{child.name}</Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
