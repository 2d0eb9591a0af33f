// The explainers without anything of Node: for pages and workers, with models that are functions.
export { agreementWithExact } from "../agreement.ts";
export type * from "../api.ts";
export { compareExplanations } from "../compare.ts";
export { explainEntities } from "../entities.ts";
export { LimeError } from "../errors.ts";
export { faithfulness } from "../faithfulness.ts";
export { fitSurrogate } from "../fit.ts";
export { minimalFlip } from "../flip.ts";
export { explainImage } from "../image.ts";
export { explainMixed } from "../mixed.ts";
export { PredictError } from "../neighbourhood/outputs.ts";
export { submodularPick } from "../pick.ts";
export { RecurrentTabularExplainer } from "../recurrent.ts";
export { segment } from "../segment/index.ts";
export { SparseTabularExplainer } from "../sparse.ts";
export { TabularExplainer } from "../tabular.ts";
export { explainText } from "../text.ts";
