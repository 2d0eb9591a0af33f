// The hub client against a server that breaks off, lies about checksums, and names files outside.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Criterion, Outcome } from "../../src/lab/criteria.ts";
import { pullModel } from "../../src/models/index.ts";
import { openHubServer } from "../../src/models/testing/hub-server.ts";

const name = "owner/model";

async function hubClient(): Promise<Outcome> {
  const content = Buffer.from(Uint8Array.from({ length: 5_000_000 }, (_, i) => (i * 31) % 251));
  const hub = await openHubServer(name, [{ path: "onnx/model.onnx", content }]);
  const folder = await mkdtemp(join(tmpdir(), "deepdive-"));
  const pull = (hubUrl = hub.url) =>
    pullModel(name, { hubUrl, folder, delayMs: 1, onProgress: () => hub.breakOff() });
  const fails = (work: Promise<unknown>) =>
    work.then(
      () => "",
      (error: Error) => error.message,
    );
  try {
    hub.breaks = [2_000_000, 1_000_000];
    await pull();
    const whole = content.equals(await readFile(join(folder, "onnx/model.onnx")));
    const ranges = hub.requests.filter(({ range }) => range?.match(/^bytes=[1-9]/));
    const asked = hub.requests.length;
    await pull();
    const again = hub.requests.length - asked;
    await rm(join(folder, "onnx"), { recursive: true });
    hub.files[0]!.digest = "0".repeat(64);
    const wrong = await fails(pull());
    hub.files = [{ path: "../evil", content }];
    const outside = await fails(pull());
    const left = (await readdir(folder, { recursive: true })).filter((file) => file !== "onnx");
    const offline = await fails(pull("http://127.0.0.1:1"));
    const checks = {
      "resumed after two broken connections": whole && ranges.length === 2,
      "nothing fetched twice": again === 1,
      "wrong checksum refused": /nothing is kept/.test(wrong),
      "path outside refused": /inside this folder/.test(outside),
      "nothing left of them": left.length === 0,
      "offline names the folder": offline.includes(folder),
    };
    const bad = Object.entries(checks).filter(([, ok]) => !ok);
    const note =
      bad.length > 0
        ? `failed: ${bad.map(([what]) => what).join(", ")}`
        : Object.keys(checks).join("; ");
    const all = Object.keys(checks).length;
    return { figure: `${all - bad.length} of ${all}`, ok: bad.length === 0, note };
  } finally {
    hub.close();
    await rm(folder, { recursive: true, force: true });
  }
}

export const pullCriteria: readonly Criterion[] = [
  {
    system: "models",
    name: "pull",
    target: "hub downloads resume, are checked, stay in their folder, and explain being offline",
    run: hubClient,
  },
];
