// Starts a run and shows its page; what goes wrong is kept to be told.
import { useState } from "react";
import type { RunRecord } from "../api.ts";
import { goTo } from "../router.tsx";

/** A start under way, or the words of the one that failed. */
export interface Start {
  readonly busy: boolean;
  readonly error: string;
  readonly start: (make: () => Promise<RunRecord>) => void;
}

/** For a button that starts a run. */
export function useStart(): Start {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const start = async (make: () => Promise<RunRecord>) => {
    setBusy(true);
    setError("");
    try {
      goTo(`/runs/${(await make()).id}`);
    } catch (problem) {
      setError((problem as Error).message);
      setBusy(false);
    }
  };
  return { busy, error, start };
}
