// Rows by URI, as HiPlot's page loads them: `?hip.load_uri="…"` in the address, read by the server.
import { decodeFrame } from "../../systems/hiplot/core/wire.ts";
import { ApiError } from "../api.ts";
import type { ViewData } from "../hiplot/element.ts";
import { usualPrefix } from "../hiplot/link.ts";
import { settingsOf } from "../hiplot/settings.ts";

const key = `${usualPrefix}load_uri`;
const columnsType = "application/x-deepdive-columns";

/** What the address says is to be loaded; null for nothing. HiPlot writes JSON, people write what they mean. */
export function linkedUri(): string | null {
  const text = new URLSearchParams(window.location.search).get(key);
  if (text === null || text === "") return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" && value !== "" ? value : null;
  } catch {
    return text;
  }
}

/** Forgets the view of other rows, and notes which are shown now. */
export function startView(uri: string | null): void {
  const url = new URL(window.location.href);
  for (const name of [...url.searchParams.keys()]) {
    if (name.startsWith(usualPrefix)) url.searchParams.delete(name);
  }
  if (uri !== null) url.searchParams.set(key, JSON.stringify(uri));
  window.history.replaceState(window.history.state, "", url);
}

/** Reads rows. @throws ApiError with what the server says against it */
export async function fetchUri(uri: string): Promise<ViewData> {
  const headers = { accept: columnsType };
  const answer = await fetch(`/api/plot/data?uri=${encodeURIComponent(uri)}`, { headers });
  if (!answer.ok) {
    const body = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
    const message = body?.error?.message ?? `The server answered ${answer.status}.`;
    throw new ApiError(answer.status, message);
  }
  const { frame, experiment } = decodeFrame(new Uint8Array(await answer.arrayBuffer()));
  return { frame, settings: settingsOf(experiment) };
}
