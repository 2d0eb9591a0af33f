// `npm run bench -- models [texts]`: the sentence encoder beside TensorFlow.js and PyTorch.

import { UsageError } from "../../scripts/entries.ts";
import type { Bench } from "../types.ts";
import { encoderRates } from "./encoder.ts";

export const bench: Bench = {
  about: "Sentence vectors a second: ours, TensorFlow.js's by wasm, PyTorch's ($PYTHON).",
  usage: "[number of mail subjects, default 1000]",
  run: ([count = "1000"]) => {
    if (!/^[1-9]\d*$/.test(count)) {
      throw new UsageError(`expected a whole number of subjects above 0, got ${count}`);
    }
    return encoderRates(Number(count));
  },
};
