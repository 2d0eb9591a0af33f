// The `deepdive` command.
import { runCommandLine } from "./program.ts";

await runCommandLine(process.argv, {
  trainText: new URL("../systems/text-classifier/train.ts", import.meta.url),
  predictText: new URL("../systems/text-classifier/predict.ts", import.meta.url),
  evaluateText: new URL("../systems/text-classifier/evaluate.ts", import.meta.url),
});
