// What a running job is doing right now.

import type { JobProgress } from "./api.ts";
import { formatSeconds, formatValue, humanize } from "./format.ts";
import { t } from "./i18n/translate.ts";

/** The phase at hand with a bar; without known length the bar only shows that something moves. */
export function ProgressStrip({ progress }: { progress: JobProgress | null }) {
  const { phase = "starting", done, total, message, values = {}, secondsLeft } = progress ?? {};
  const known = done !== undefined && total !== undefined && total > 0;
  const share = known ? Math.min(1, done / total) : 0;
  return (
    <div className="progress card">
      <div className="progress-words">
        <strong>{t(humanize(phase))}</strong>
        {message && <span>{message}</span>}
        {Object.entries(values).map(([name, value]) => (
          <span key={name}>
            {name} <b>{formatValue(value)}</b>
          </span>
        ))}
        <span className="progress-left">
          {known && `${Math.floor(100 * share)}%`}
          {secondsLeft !== undefined &&
            ` · ${t("{time} left", { time: formatSeconds(secondsLeft) })}`}
        </span>
      </div>
      <div
        className={known ? "bar" : "bar bar-open"}
        role="progressbar"
        aria-label={t(humanize(phase))}
        aria-valuenow={known ? Math.floor(100 * share) : undefined}
        aria-valuemin={0}
        aria-valuemax={100}
      >
        <span style={known ? { width: `${100 * share}%` } : undefined} />
      </div>
    </div>
  );
}
