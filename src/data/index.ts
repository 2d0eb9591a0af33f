/** @file The data room: readers, tokenizer, batches, splits, data sets and a text baseline. Needs Node. */

export {
  type DenseLogisticModel,
  type DenseLogisticOptions,
  type DenseRows,
  fitDenseLogistic,
} from "./baseline/dense-logistic.ts";
export { type ForestOptions, RandomForest } from "./baseline/forest.ts";
export {
  fitLogistic,
  type LogisticModel,
  type LogisticOptions,
  predictLogistic,
} from "./baseline/logistic.ts";
export type { SparseRows } from "./baseline/sparse.ts";
export { fitTfIdf, type TfIdf, type TfIdfOptions } from "./baseline/tfidf.ts";
export {
  type DecisionTree,
  type DenseRow,
  fitTree,
  predictTree,
  type TreeOptions,
  type TreeTask,
  treeLeaf,
  treePath,
} from "./baseline/tree.ts";
export {
  type BatchOptions,
  batchesPerEpoch,
  type LoadedBatch,
  type PlannedBatch,
  planEpoch,
  type RowArray,
  type StreamOptions,
  streamBatches,
  takeRows,
} from "./batches.ts";
export { cacheFolder } from "./cache-folder.ts";
export { catalogue, type DataPackage } from "./datasets/catalogue.ts";
export { type DigitImages, loadMnist, pixelsToFloats } from "./datasets/mnist.ts";
export { type PullDataOptions, type PulledData, pullData } from "./datasets/pull-data.ts";
export {
  loadSpamAssassin,
  type SpamAssassinGroup,
  type SpamAssassinMail,
  type SpamAssassinTexts,
  spamAssassinGroups,
} from "./datasets/spam-assassin.ts";
export { DataError, type DataIssue } from "./errors.ts";
export {
  type LabelledRows,
  type LabelledTexts,
  type LabelOptions,
  labelTexts,
} from "./labelled.ts";
export { htmlToText } from "./mail/html-text.ts";
export { type MailText, parseMail } from "./mail/mime.ts";
export { groupNearDuplicates, type NearDuplicateOptions } from "./near-duplicates.ts";
export { prefetch } from "./prefetch.ts";
export { prefetchInWorker } from "./prefetch-in-worker.ts";
export { permutation, uniformStream } from "./random.ts";
export type { ReadOptions, TableFormat } from "./read/cells.ts";
export { decodeIdx, type IdxArray, readIdx } from "./read/idx.ts";
export {
  type ImageOptions,
  type PixelImage,
  type PlanarImage,
  type PlaneOptions,
  readImage,
  readImagePlanes,
  toPlanes,
} from "./read/image.ts";
export {
  type Cell,
  type Column,
  type ColumnType,
  column,
  type Table,
  tableRow,
} from "./read/table.ts";
export { type Row, readRows, readTable, tableFormat } from "./read/tables.ts";
export { type Audio, decodeWav, encodeWav, readWav, type WavFormat, writeWav } from "./read/wav.ts";
export { type Fold, foldRows, type SplitOptions, splitRows } from "./split.ts";
export { type PadOptions, padBatch, type TokenBatch } from "./text/pad.ts";
export type { EncodeOptions } from "./text/special-tokens.ts";
export { Tokenizer } from "./text/tokenizer.ts";
export { loadTokenizer, saveTokenizer } from "./text/tokenizer-file.ts";
export type { TokenizerJson } from "./text/tokenizer-json.ts";
export { type TrainTokenizerOptions, trainTokenizer } from "./text/train-tokenizer.ts";
export { type TrainUnigramOptions, trainUnigramTokenizer } from "./text/train-unigram.ts";
export { UnigramTokenizer } from "./text/unigram-tokenizer.ts";
export {
  type Corpus,
  type DatasetSummary,
  type Division,
  divide,
  type Parts,
  partNames,
  partOf,
  readCorpus,
  summarizeData,
  type TextSource,
  type TextTable,
} from "./text-corpus.ts";
export { loadTextDataset, type TextDatasetOptions } from "./text-dataset.ts";
