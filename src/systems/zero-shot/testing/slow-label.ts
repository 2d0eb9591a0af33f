// Labels a file in a process that a test can kill: embedding takes its time.
import { labelFile } from "../label-file.ts";
import { WordEncoder } from "./word-encoder.ts";

const [file, out, checkpoints] = process.argv.slice(2) as [string, string, string];
const encoder = new WordEncoder();
await labelFile({
  file,
  labels: "sport, food",
  encoder,
  out,
  checkpoints,
  onProgress: ({ done }) => process.stdout.write(`${done}\n`),
});
