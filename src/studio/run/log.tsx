// The words that a run's process wrote.
import { useQuery } from "@tanstack/react-query";
import { ApiError, type RunDetails } from "../api.ts";
import { t } from "../i18n/translate.ts";
import { Section } from "../parts.tsx";

const everyMs = 2_000;

/** The end of the log; read again while the run lasts. */
export function RunLog({ run }: { run: RunDetails }) {
  const { data } = useQuery({
    queryKey: ["log", run.id, run.status],
    refetchInterval: run.ended === null ? everyMs : false,
    queryFn: async ({ signal }) => {
      const answer = await fetch(`/api/runs/${run.id}/log?tail=20000`, { signal });
      if (!answer.ok) throw new ApiError(answer.status, answer.statusText);
      return answer.text();
    },
  });
  if (!data?.trim()) return null;
  return (
    <Section title={t("Log")}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre className="log" tabIndex={0}>
        {data}
      </pre>
    </Section>
  );
}
