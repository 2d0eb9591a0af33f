// The lab room: runs and what they report, the store that keeps them, and jobs in a process of their own.
export { isArtifactName } from "./artifacts.ts";
export { type Criterion, judge, notRun, type Outcome, type Verdict } from "./criteria.ts";
export {
  dataFile,
  defineLab,
  describeLab,
  type Lab,
  type LabContext,
  type LabDefinition,
  type LabExample,
  type LabFieldSchema,
  type LabInfo,
  LabInputError,
  type LabInputSchema,
  localPath,
  wordsOrFile,
  z,
} from "./define.ts";
export { describeEnvironment, type Environment, packageVersion } from "./environment.ts";
export { importReviews, reviewsArtifact, reviewsImported } from "./import-reviews.ts";
export { JobError, JobStoppedError, type RunJobOptions, runJob } from "./job.ts";
export { addKey, type KeyInfo, KeyRing, listKeys, newKey, removeKey } from "./keys.ts";
export { type HolderApi, type LockHolder, StoreLockedError } from "./lock.ts";
export { Phases } from "./phases.ts";
export { Queue, type Submission, type WorkOptions } from "./queue.ts";
export {
  type MetricPoint,
  type MetricSeries,
  type MetricsResult,
  type RunDetails,
  type RunRecord,
  type RunStatus,
  runStatuses,
  type StoreEvent,
} from "./records.ts";
export { LabRegistry, type LabRegistryOptions, type ListedLab } from "./registry.ts";
export {
  type Answer,
  type NewReview,
  type PageOptions,
  type Review,
  type ReviewCursor,
  type ReviewPage,
  Reviews,
} from "./reviews.ts";
export {
  type ArtifactContent,
  type ArtifactInfo,
  type ArtifactKind,
  type ArtifactOptions,
  artifactKinds,
  type JobProgress,
  type Json,
  type RunHandle,
} from "./run.ts";
export {
  type FileResolver,
  localFile,
  type PathUse,
  prepareInput,
  type RunLabOptions,
  runLab,
} from "./run-lab.ts";
export { isRunId } from "./run-rows.ts";
export { Run, RunLostError } from "./run-writer.ts";
export { openStore, Store } from "./store.ts";
export type {
  ArtifactFile,
  ForeignRun,
  MetricFilter,
  NewRun,
  OpenStoreOptions,
  RunFilter,
} from "./store-options.ts";
export { checkSweep, type SweepSummary, sweepLab, type TrialRow } from "./sweep/conduct.ts";
export { type Dimension, parseDimension, type SearchSpace } from "./sweep/space.ts";
export { goalOf, parseSweep, type SweepInput, type SweepSpec } from "./sweep/spec.ts";
export { readSweepYaml } from "./sweep/wandb-yaml.ts";
export { LabCallError, WarmLabs, type WarmLabsOptions } from "./warm.ts";
