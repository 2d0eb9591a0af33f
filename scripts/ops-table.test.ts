// docs/ops.md says what the engine's registry says.

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { opsTable, opsTablePath } from "./ops-table.ts";

it("docs/ops.md is up to date (else: node scripts/ops-table.ts)", async () => {
  expect(readFileSync(opsTablePath, "utf8")).toBe(await opsTable());
});
