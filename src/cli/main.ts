// The `deepdive` command.
import { runCommandLine } from "./program.ts";

await runCommandLine(process.argv, {
  mainJob: new URL("./main-job/jobs.ts", import.meta.url),
  predictText: new URL("../systems/text-classifier/predict.ts", import.meta.url),
  evaluateText: new URL("../systems/text-classifier/evaluate.ts", import.meta.url),
});
