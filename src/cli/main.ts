// The `deepdive` command.
import { runCommandLine } from "./program.ts";

await runCommandLine(process.argv, {
  predictText: new URL("../systems/text-classifier/predict.ts", import.meta.url),
  evaluateText: new URL("../systems/text-classifier/evaluate.ts", import.meta.url),
});
