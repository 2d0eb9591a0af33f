// The main job as a list of steps on one corpus: from label names to a fine-tuned, explained and compared model.
import type { SweepInput } from "../../lab/index.ts";
import type { LabelSpec } from "../../systems/zero-shot/api.ts";

/** The project that the steps belong to. */
export const projectName = "SpamAssassin mails";

const data = "spam-assassin";

/** All that is said of the classes, in the order of the corpus. */
const labels: readonly LabelSpec[] = [
  { name: "ham", description: "a message in a technical discussion" },
  { name: "spam", description: "advertisement, special offer, make money fast" },
];

/** The seed of `npm start`: it decides the held-out fifth and what is reviewed first. */
export const usualSeed = 1;

/** A step that is a job of `jobs.ts`; it goes on from the step named `after`. */
export interface JobStep {
  readonly kind: "job";
  readonly name: string;
  readonly lab: string;
  readonly function: "labelByNames" | "learnFromReviews" | "explainMistakesOf";
  readonly after?: string;
  readonly config: object;
}

/** A step that is a sweep over a lab's settings. */
export interface SweepStep {
  readonly kind: "sweep";
  readonly name: string;
  readonly sweep: Omit<SweepInput, "space">;
  /** As `--set` takes them. */
  readonly space: Readonly<Record<string, string>>;
}

/** A step that is one run of a lab. */
export interface LabStep {
  readonly kind: "lab";
  readonly name: string;
  readonly lab: string;
  readonly input: object;
}

/** A step of the main job. */
export type Step = JobStep | SweepStep | LabStep;

/** The steps that learn from names and from reviews, in order, each going on from the one before. */
export function learningSteps(seed: number): readonly JobStep[] {
  const shared = { data, labels, seed };
  return [
    {
      ...{ kind: "job", name: "Label by names alone", lab: "zero-shot-names" },
      function: "labelByNames",
      config: shared,
    },
    {
      ...{ kind: "job", name: "Review 50, fine-tune", lab: "zero-shot-reviews" },
      ...{ function: "learnFromReviews", after: "Label by names alone" },
      config: { ...shared, reviewed: 50 },
    },
    {
      ...{ kind: "job", name: "Review 200, fine-tune on", lab: "zero-shot-reviews" },
      ...{ function: "learnFromReviews", after: "Review 50, fine-tune" },
      config: { ...shared, reviewed: 200 },
    },
  ];
}

/** All steps. A step's name is its key: a finished one is not done again. */
export const steps: readonly Step[] = [
  ...learningSteps(usualSeed),
  {
    ...{ kind: "job", name: "Explain its mistakes", lab: "lime-mistakes" },
    ...{ function: "explainMistakesOf", after: "Review 200, fine-tune on" },
    config: { data, labels, seed: usualSeed, count: 4 },
  },
  {
    ...{ kind: "sweep", name: "Compare 12 heads" },
    sweep: {
      lab: "text-classifier-head",
      input: { data, epochs: 8, seed: usualSeed },
      ...{ method: "random", trials: 12, metric: "validLoss", goal: "minimize", seed: 1 },
    },
    space: {
      learningRate: "log(1e-4,3e-2)",
      hidden: "0,32,128,512",
      dropout: "uniform(0,0.5)",
      weightDecay: "log(1e-4,1e-1)",
    },
  },
  {
    ...{ kind: "lab", name: "Learn from all labels", lab: "text-classifier" },
    input: { data },
  },
];
