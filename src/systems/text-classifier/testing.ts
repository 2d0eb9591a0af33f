// A scripted run for tests of the page, the server and the commands: the shape of a real one, nothing is trained.
import type { Run, RunHandle, Store } from "../../lab/index.ts";
import {
  type ComparisonRow,
  type ConfusionMatrix,
  type DatasetSummary,
  type Mistake,
  type ModelCard,
  type TextClassifierConfig,
  type TextClassifierSummary,
  textArtifacts,
} from "./api.ts";

const steps = 620;
const stepsPerEpoch = 155;

/** Pseudo-random noise in [-1, 1) that is the same at each call with the same `index`. */
function noise(index: number): number {
  const wave = Math.sin(index * 12.9898 + 78.233) * 43_758.5453;
  return 2 * (wave - Math.floor(wave)) - 1;
}

/** Starts the scripted run. */
export function startScriptedRun(store: Store, name = "SpamAssassin mails"): Promise<Run> {
  const config: TextClassifierConfig = { data: "spam-assassin", seed: 1, epochs: 4 };
  return store.createRun({ lab: "text-classifier", name, config });
}

/** Records the curves of steps `from` to `to` (both included, from 1). */
export function scriptCurves(run: RunHandle, from = 1, to = steps): void {
  for (let step = from; step <= to; step++) {
    const decay = Math.exp(-step / 70);
    const jitter = (0.012 + 0.16 * decay) * noise(step);
    run.metrics(step, {
      "train/loss": Math.max(0.004, 0.66 * decay + 0.028 + jitter),
      "train/accuracy": Math.min(1, 0.992 - 0.45 * decay - Math.abs(jitter) * 0.6),
      "train/learningRate": 0.001 * Math.min(1, step / 40) * (1 - step / (steps * 1.02)),
      "train/examplesPerSecond": 318 + 22 * noise(step + 9_000),
    });
    if (step % (stepsPerEpoch / 5) === 0) {
      run.metrics(step, {
        "valid/loss": 0.6 * decay + 0.071 + 0.006 * noise(step + 4_000) + step / 62_000,
        "valid/accuracy": 0.979 - 0.38 * decay + 0.002 * noise(step + 5_000),
      });
    }
  }
}

/** Stores the scripted artifacts; returns what such a run says of itself. */
export async function scriptArtifacts(run: RunHandle): Promise<TextClassifierSummary> {
  const confusion: ConfusionMatrix = {
    classes: ["ham", "spam"],
    counts: [
      [1_237, 8],
      [11, 473],
    ],
  };
  const comparison: ComparisonRow[] = [
    {
      model: "Transformer, 2 layers",
      role: "model",
      accuracy: 0.989,
      f1: 0.9803,
      auroc: 0.9989,
      seconds: 71.4,
    },
    {
      model: "TF-IDF + logistic regression",
      role: "baseline",
      accuracy: 0.9781,
      f1: 0.9652,
      auroc: 0.9978,
      seconds: 3.2,
    },
  ];
  const dataset: DatasetSummary = {
    source: "SpamAssassin public mail corpus",
    rows: 8_646,
    skipped: 3,
    groups: 6_871,
    classes: [
      { label: "ham", train: 4_356, valid: 622, test: 1_245 },
      { label: "spam", train: 1_696, valid: 243, test: 484 },
    ],
  };
  const card: ModelCard = {
    format: "deepdive-text-classifier",
    version: 1,
    labels: confusion.classes,
    maxTokens: 256,
  };
  await run.artifact(textArtifacts.confusion, "table", confusion);
  await run.artifact(textArtifacts.comparison, "table", comparison);
  await run.artifact(textArtifacts.dataset, "table", dataset);
  await run.artifact(textArtifacts.mistakes, "table", scriptedMistakes());
  await run.artifact(textArtifacts.modelConfig, "model", card);
  await run.artifact(textArtifacts.modelTokenizer, "model", { version: "1.0" });
  await run.artifact(textArtifacts.modelWeights, "model", new Uint8Array(2_480_000));
  return {
    accuracy: 0.989,
    f1: 0.9803,
    auroc: 0.9989,
    tested: 1_729,
    wrong: 19,
    parameters: 1_214_466,
    vocabulary: 8_192,
    epochs: 4,
    steps,
    seconds: { read: 3.1, split: 1.4, tokenize: 6.8, baseline: 3.2, train: 71.4, evaluate: 2.6 },
  };
}

/** A whole finished run. */
export async function scriptRun(store: Store, name?: string): Promise<Run> {
  const run = await startScriptedRun(store, name);
  scriptCurves(run);
  await run.finish(await scriptArtifacts(run));
  return run;
}

/** Invented mails; some try to be markup, one is very long, one is not in English. */
function scriptedMistakes(): Mistake[] {
  const offers = [
    "Your weekly digest from the gardening list\n\nHello everyone,\n\nThe seed exchange opens on Saturday. Bring labelled envelopes, free coffee for the first thirty visitors. Members who order before Friday save 15% on compost.\n\nSee you there,\nMargaret",
    "Conference registration: early rate ends tonight\n\nRegister before midnight to secure the reduced fee. Limited seats in the workshop on compilers. Click the link in your confirmation to choose a session.",
    "Re: invoice 2217 overdue\n\nHi Tom, accounts still show this one as open. Can you pay by card today so that the licence does not lapse? Thanks, Ines",
    "ACT NOW: server maintenance window\n\nAll home directories move on Sunday 02:00-05:00. Act now if you have jobs running: they will be killed.",
    "Newsletter no. 48 - new in the shop for subscribers\n\nYou get this because you subscribed on our site. This month: three new field recorders, a microphone test, and our summer prices.",
    "FWD: this really made me laugh\n\n>>> Make $$$ from home, he said. Guess what landed in my inbox again, complete with a free toner offer. I am framing it.",
    'Build broken: <script>document.title="owned"</script>\n\nThe log ends with <img src=x onerror=alert(1)> and <b>nothing else</b>. Does anybody see the same with gcc 3.2?',
    "Password for the wiki\n\nYour account has been created. User: lena. Follow the link within 24 hours to set a password.",
  ];
  const asks = [
    "Hello again\n\nI was looking for you on that list we talked about. Did you get the pictures? Write me back at my other address.",
    "Re: your question from Tuesday\n\nYes, the doctor said the natural one works just as well and nobody needs a prescription. I put the address below for you.",
    "Quick question about the domain\n\nWe noticed that your domain may expire. If you are the right person, please confirm the details so that we can keep it for you.",
    "Заседание клуба в четверг\n\nДобрый вечер! Встречаемся в семь, вход свободный. Подробности и билеты по ссылке внизу письма.",
    "Job opening in your town\n\nA small publisher looks for readers who work from home two hours a day. No experience is needed, training is paid. Reply with your phone number.",
    "Meeting notes\n\nAttached are the notes that you asked for. Please open and confirm. Best, the office",
    "Fwd: funding for your project\n\nDear friend, I write on behalf of a foundation with an unclaimed amount. Your name was given to me by a colleague, in confidence.",
    `Statement ${"of the account holder, to be read with care and kept for your records. ".repeat(220)}`,
    "thanks!!\n\nit arrived and it works. you should get one too, the link is still good till sunday",
    "A mortgage rate you asked about\n\nFollowing our call: 4.1% fixed for ten years. Reply and I will hold it until Monday.",
    "Research survey, five minutes\n\nWe are students of a business school. Fill in the form and win one of fifty vouchers.",
  ];
  const make = (truth: string, predicted: string, from: number) => (text: string, at: number) => ({
    index: from + at * 97,
    text,
    truth,
    predicted,
    confidence: 0.51 + 0.48 * Math.abs(noise(from + at)),
  });
  const mistakes = [
    ...offers.map(make("ham", "spam", 212)),
    ...asks.map(make("spam", "ham", 5_031)),
  ];
  return mistakes.sort((a, b) => b.confidence - a.confidence);
}
