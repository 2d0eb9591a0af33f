/** @file `model pull`: what it prints, against a server that plays the hub. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type HubServer, openHubServer } from "../models/testing/hub-server.ts";
import { dataPull, modelPull } from "./pull.ts";

let hub: HubServer;
let folder: string;
let printed: string;
let told: string;

beforeEach(async () => {
  const content = Buffer.from("x".repeat(2000));
  hub = await openHubServer("owner/model", [
    { path: "config.json", content: Buffer.from("{}") },
    { path: "model.onnx", content },
  ]);
  folder = await mkdtemp(join(tmpdir(), "deepdive-"));
  vi.stubEnv("HF_ENDPOINT", hub.url);
  [printed, told] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += text;
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    told += text;
    return true;
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  hub.close();
  await rm(folder, { recursive: true });
});

it("says where the files lie, and tells of the progress on stderr", async () => {
  await modelPull("owner/model", { folder });
  expect(printed).toBe(`${folder}\n  config.json\n  model.onnx\n`);
  expect(told).toMatch(/fetch .*model\.onnx/);
});

it("prints JSON, with only the files that are asked for", async () => {
  await modelPull("owner/model", { folder, files: "json$", json: true });
  expect(JSON.parse(printed)).toEqual({ folder, files: ["config.json"], offline: false });
});

it("says when the hub cannot be reached and files were there already", async () => {
  await modelPull("owner/model", { folder });
  vi.stubEnv("HF_ENDPOINT", "http://127.0.0.1:1");
  printed = "";
  await modelPull("owner/model", { folder });
  expect(printed).toMatch(/^The hub cannot be reached: these files were there\.\n/);
});

it("passes errors on", async () => {
  await expect(modelPull("model", { folder })).rejects.toThrow(/a name like "owner\/model"/);
  await expect(modelPull("owner/model", { folder, files: "(" })).rejects.toThrow(
    /--files: expected a regular expression/,
  );
  await expect(dataPull("nothing", { folder })).rejects.toThrow(/expected one of/);
});
