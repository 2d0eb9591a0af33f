// What the zero-shot system promises, all of it: run by `npm run accept -- zero-shot`.
import type { Criterion } from "../../lab/criteria.ts";
import { embeddingCriteria } from "./accept-embedding.ts";
import { entailmentCriteria } from "./accept-entailment.ts";

/** Criteria of the system. */
export const criteria: Criterion[] = [...embeddingCriteria, ...entailmentCriteria];
