// What `deepdive/systems/zero-shot` exports.
export { loadEncoder } from "../../models/encoders/load.ts";
export * from "./api.ts";
export { loadClassifier, saveClassifier } from "./classifier-file.ts";
export { exportClassifier } from "./classifier-onnx.ts";
export { classify } from "./classify.ts";
export { combine, sourceAgreement } from "./combine.ts";
export {
  type Calibration,
  type CoveragePoint,
  calibrate,
  coverageCurve,
  fitCalibration,
} from "./confidence.ts";
export { labelCorpus } from "./corpus.ts";
export { distil } from "./distil.ts";
export { labelDoctor } from "./doctor.ts";
export { classifyByEntailment, entailmentScores } from "./entailment.ts";
export { evaluateLabels, type LabelEvaluation } from "./evaluate.ts";
export { fewShot } from "./few-shot.ts";
export {
  type FineTuned,
  type FineTuneOptions,
  fineTune,
  type WeightedExamples,
} from "./finetune.ts";
export {
  type CorpusFile,
  type CorpusFileOptions,
  type CorpusFileReport,
  readCorpus,
} from "./formats/corpus-file.ts";
export { labelStudioConfig, readLabelStudio, writeLabelStudio } from "./formats/label-studio.ts";
export { writeBadRows, writeLabelled } from "./formats/labelled-file.ts";
export { readLabelTextLines, readNliPairs } from "./formats/nli-files.ts";
export { readWinkVectors } from "./formats/wink-vectors.ts";
export { readWordVectors, type WordVectors } from "./formats/word-vectors.ts";
export { type CorpusKeyword, corpusKeywords } from "./keywords.ts";
export { type LabelFileOptions, type LabelledFile, labelFile } from "./label-file.ts";
export {
  joinVotes,
  modelVotes,
  personVotes,
  readRules,
  rulesToFunctions,
  votesOf,
} from "./labelling.ts";
export { type LabelSet, parseLabels, readLabels } from "./labels.ts";
export { seenClassPairs, trainEntailment } from "./nli.ts";
export { tuneEntailment } from "./nli-encoder.ts";
export { loadEntailment, VectorPairModel } from "./nli-head.ts";
export { loadPairModel } from "./pair-model.ts";
export {
  fitProjection,
  loadProjection,
  type ProjectionOptions,
  wordVectorsFile,
} from "./projection.ts";
