// Labs as the server tells them: what each is, and the JSON schema of its input.
import { useQuery } from "@tanstack/react-query";
import { ApiError, fetchJson, type Json, type RunRecord } from "../api.ts";
import type { Loaded } from "../live.ts";

/** The part of JSON Schema that forms are made of. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: Json;
  readonly enum?: readonly Json[];
  readonly const?: Json;
  /** `file` marks a data file. */
  readonly format?: string;
  /** Words that stand for data that comes with Deepdive, in place of a file. */
  readonly builtIn?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** One lab. */
export interface Lab {
  /** Its name in addresses, and in the runs' `lab`. */
  readonly id: string;
  /** The words of its command. */
  readonly name: string;
  readonly interactive: boolean;
  readonly title: string;
  readonly summary: string;
  readonly source: string;
  readonly input: Schema;
  readonly examples: readonly { readonly title: string; readonly input: Json }[];
}

/** All labs of this server. */
export function useLabs(): Loaded<readonly Lab[]> {
  const { data, error } = useQuery({
    queryKey: ["labs"],
    queryFn: async ({ signal }) => (await fetchJson<{ labs: Lab[] }>("/api/labs", signal)).labs,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return { value: data, error: error ?? undefined };
}

/** Calls an interactive lab without a run. @throws ApiError */
export async function callLab<T>(lab: string, input: Json): Promise<T> {
  return (await postJson<{ result: T }>(`/api/labs/${lab}/call`, { input })).result;
}

/** Gives the server a file; the answer is a value for a file field. @throws ApiError */
export async function uploadFile(file: File): Promise<string> {
  const path = `/api/uploads?name=${encodeURIComponent(file.name)}`;
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: file,
  });
  return (await readAnswer<{ file: string }>(answer)).file;
}

/** Starts a run of a lab. @throws ApiError with the server's words about a wrong input. */
export async function startRun(lab: string, input: Json): Promise<RunRecord> {
  return (await postJson<{ run: RunRecord }>(`/api/labs/${lab}/runs`, { input })).run;
}

/** Sends JSON and reads JSON. */
export async function postJson<T>(path: string, body: Json): Promise<T> {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return readAnswer<T>(answer);
}

async function readAnswer<T>(answer: Response): Promise<T> {
  const value = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
  if (answer.ok) return value as T;
  throw new ApiError(
    answer.status,
    value?.error?.message ?? `The server answered ${answer.status}.`,
  );
}
