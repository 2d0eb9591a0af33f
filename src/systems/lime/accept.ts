// What `lime` promises, run by `npm run accept -- lime`.
import type { Criterion } from "../../lab/criteria.ts";
import { entityCriteria } from "./acceptance/entities.ts";
import { mailCriteria } from "./acceptance/mails.ts";
import { mushroomCriteria } from "./acceptance/mushrooms.ts";
import { shareCriteria } from "./acceptance/own-share.ts";
import { parityCriteria } from "./acceptance/parity.ts";
import { pickCriteria } from "./acceptance/picks.ts";
import { shortcutCriteria } from "./acceptance/shortcut.ts";
import { speedCriteria } from "./acceptance/speed.ts";
import { stabilityCriteria } from "./acceptance/stability.ts";

export const criteria: Criterion[] = [
  ...parityCriteria,
  ...mailCriteria,
  ...stabilityCriteria,
  ...mushroomCriteria,
  ...shortcutCriteria,
  ...pickCriteria,
  ...entityCriteria,
  ...speedCriteria,
  ...shareCriteria,
];
