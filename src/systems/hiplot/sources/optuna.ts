// Studies of Optuna: journal logs and SQLite databases, one row per finished trial.
import { readFile } from "node:fs/promises";
import { parseJson } from "../core/json.ts";
import { HiplotError } from "../errors.ts";
import { ExperimentData, pointsOf, type Row } from "../experiment.ts";

/** A trial as both storages give it. */
export interface OptunaTrial {
  readonly number: number;
  readonly study: string;
  readonly state: "RUNNING" | "COMPLETE" | "PRUNED" | "FAIL" | "WAITING";
  readonly values: readonly number[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** A study held in memory. */
export interface OptunaStudy {
  readonly trials: readonly Omit<OptunaTrial, "study">[];
}

/** Options of `readOptuna`. */
export interface OptunaOptions {
  /** Also trials that did not finish, with their `state` as a column. */
  readonly allStates?: boolean;
}

const states = ["RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"] as const;

/** Reads a journal log, a SQLite database, or a study object. */
export async function readOptuna(
  source: string | OptunaStudy,
  options: OptunaOptions = {},
): Promise<ExperimentData> {
  if (typeof source !== "string") {
    return optunaExperiment(
      source.trials.map((trial) => ({ ...trial, study: "" })),
      options,
    );
  }
  const head = await readFile(source).catch(() => {
    throw new HiplotError("file-missing", `${source}: there is no such file`);
  });
  const isSqlite = new TextDecoder("latin1").decode(head.subarray(0, 15)) === "SQLite format 3";
  const trials = isSqlite
    ? await sqliteTrials(source)
    : journalTrials(new TextDecoder().decode(head), source);
  return optunaExperiment(trials, options);
}

function optunaExperiment(
  trials: readonly OptunaTrial[],
  { allStates = false }: OptunaOptions,
): ExperimentData {
  const several = new Set(trials.map(({ study }) => study)).size > 1;
  const rows = trials
    .filter(({ state, values }) => allStates || (state === "COMPLETE" && values.length > 0))
    .map(
      ({ number, study, state, values, params, attributes }): Row => ({
        ...(values.length === 1
          ? { value: values[0] }
          : Object.fromEntries(values.map((value, i) => [`value_${i}`, value]))),
        uid: several ? `${study}_${number}` : number,
        ...(several ? { study } : {}),
        ...params,
        ...attributes,
        ...(allStates ? { state } : {}),
      }),
    );
  const left = trials.length - rows.length;
  const notes = left > 0 ? [`${left} trials did not finish and are left out`] : [];
  return new ExperimentData({ datapoints: pointsOf(rows), notes });
}

interface Distribution {
  readonly name: string;
  readonly attributes: { readonly choices?: readonly unknown[] };
}

/** What a parameter was set to, from the number that the storage keeps. */
function externalValue(internal: number, distributionJson: string): unknown {
  const { name, attributes } = parseJson(distributionJson) as Distribution;
  if (name === "CategoricalDistribution") return attributes.choices?.[internal];
  return name.startsWith("Int") ? Math.trunc(internal) : internal;
}

interface MutableTrial extends OptunaTrial {
  state: OptunaTrial["state"];
  values: number[];
  params: Record<string, unknown>;
  attributes: Record<string, unknown>;
}

/** One JSON object a line; `op_code` says what it does to studies and trials. */
function journalTrials(log: string, path: string): OptunaTrial[] {
  const studies: { name: string; deleted: boolean; trials: MutableTrial[] }[] = [];
  const trials: MutableTrial[] = [];
  log.split("\n").forEach((line, i) => {
    if (line.trim() === "") return;
    let entry: Record<string, unknown>;
    try {
      entry = parseJson(line) as Record<string, unknown>;
    } catch (error) {
      // The writer may have been killed in the middle of the last line.
      if (i === log.split("\n").length - 1) return;
      throw new HiplotError("format", `${path}: line ${i + 1}: ${(error as Error).message}`);
    }
    if (typeof entry.op_code !== "number") {
      throw new HiplotError(
        "format",
        `${path}: line ${i + 1}: expected an entry of an Optuna journal with op_code`,
      );
    }
    applyEntry(entry, studies, trials);
  });
  return studies.filter(({ deleted }) => !deleted).flatMap((study) => study.trials);
}

function applyEntry(
  entry: Record<string, unknown>,
  studies: { name: string; deleted: boolean; trials: MutableTrial[] }[],
  trials: MutableTrial[],
): void {
  const trial = trials[entry.trial_id as number];
  switch (entry.op_code) {
    case 0:
      studies.push({ name: String(entry.study_name), deleted: false, trials: [] });
      break;
    case 1: {
      const study = studies[entry.study_id as number];
      if (study) study.deleted = true;
      break;
    }
    case 4: {
      const study = studies[entry.study_id as number];
      if (!study) break;
      const made = createdTrial(entry, study.trials.length, study.name);
      study.trials.push(made);
      trials.push(made);
      break;
    }
    case 5:
      if (trial) {
        trial.params[String(entry.param_name)] = externalValue(
          entry.param_value_internal as number,
          String(entry.distribution),
        );
      }
      break;
    case 6:
      if (trial) {
        trial.state = states[entry.state as number] ?? "FAIL";
        if (Array.isArray(entry.values)) trial.values = entry.values as number[];
      }
      break;
    case 8:
      Object.assign(trial?.attributes ?? {}, entry.user_attr);
      break;
    default:
  }
}

/** A trial may be created whole, with its parameters and values. */
function createdTrial(entry: Record<string, unknown>, number: number, study: string): MutableTrial {
  const distributions = (entry.distributions ?? {}) as Record<string, string>;
  const internal = (entry.params ?? {}) as Record<string, number>;
  const values = entry.values ?? (typeof entry.value === "number" ? [entry.value] : []);
  return {
    number,
    study,
    state: states[(entry.state as number | undefined) ?? 0] ?? "RUNNING",
    values: (values as number[] | null) ?? [],
    params: Object.fromEntries(
      Object.entries(internal).map(([name, value]) => [
        name,
        distributions[name] === undefined ? value : externalValue(value, distributions[name]),
      ]),
    ),
    attributes: { ...((entry.user_attrs ?? {}) as Record<string, unknown>) },
  };
}

async function sqliteTrials(path: string): Promise<OptunaTrial[]> {
  const sqlite = await import("node:sqlite").catch(() => {
    throw new HiplotError("option", `${path}: reading SQLite needs Node 22.13 or later`);
  });
  const database = new sqlite.DatabaseSync(path, { readOnly: true });
  try {
    const all = (sql: string) => database.prepare(sql).all() as Record<string, never>[];
    const trials = new Map<number, MutableTrial>();
    const rows = all(
      `select trial_id, number, state, study_name from trials join studies using (study_id)
       order by study_id, number`,
    );
    for (const { trial_id: id, number, state, study_name: study } of rows) {
      trials.set(id, { number, study, state, values: [], params: {}, attributes: {} });
    }
    for (const row of all("select * from trial_params order by param_id")) {
      const trial = trials.get(row.trial_id);
      if (trial)
        trial.params[row.param_name] = externalValue(row.param_value, row.distribution_json);
    }
    for (const row of all("select * from trial_values order by trial_id, objective")) {
      const infinite = { INF_POS: Infinity, INF_NEG: -Infinity }[row.value_type as string];
      trials.get(row.trial_id)?.values.push(infinite ?? row.value);
    }
    for (const row of all("select * from trial_user_attributes")) {
      const trial = trials.get(row.trial_id);
      if (trial) trial.attributes[row.key] = parseJson(row.value_json);
    }
    return [...trials.values()];
  } catch (error) {
    throw new HiplotError("format", `${path}: no database of Optuna (${(error as Error).message})`);
  } finally {
    database.close();
  }
}
