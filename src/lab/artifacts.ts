// Artifact files: which names are allowed, what type they have, and how they are written without a torn state.
import { randomBytes } from "node:crypto";
import { open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { syncFolder } from "../data/atomic-file.ts";
import { makeFolder } from "./folders.ts";
import type { ArtifactContent } from "./run.ts";

const segment = /^[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?$/;
/** Names that Windows gives to devices, whatever the extension. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/;

/** Whether `name` may be an artifact's: one to four plain segments, so never a way out of a folder. */
export function isArtifactName(name: string): boolean {
  const segments = name.split("/");
  return (
    segments.length <= 4 && segments.every((part) => segment.test(part) && !reserved.test(part))
  );
}

/** Throws unless `name` may be an artifact's. */
export function checkArtifactName(name: string): void {
  if (isArtifactName(name)) return;
  throw new Error(
    `artifact: name ${JSON.stringify(name.slice(0, 120))} is not allowed; use one to four segments ` +
      'of lower-case letters, digits, ".", "_" and "-" joined by "/", e.g. "model/config.json"',
  );
}

/** Where an artifact lies in its run's folder. */
export function artifactPath(runFolder: string, name: string): string {
  checkArtifactName(name);
  return join(runFolder, "artifacts", ...name.split("/"));
}

const mediaTypes: Readonly<Record<string, string>> = {
  ".csv": "text/csv; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".jpg": "image/jpeg",
  ".json": "application/json",
  ".md": "text/markdown; charset=utf-8",
  ".onnx": "application/octet-stream",
  ".png": "image/png",
  ".safetensors": "application/octet-stream",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wav": "audio/wav",
  ".webp": "image/webp",
};

/** Bytes of an artifact and the media type that follows from its content and the name's ending. */
export function encodeArtifact(
  name: string,
  content: ArtifactContent,
): { bytes: Uint8Array; mediaType: string } {
  const byName = mediaTypes[extname(name)];
  if (ArrayBuffer.isView(content)) {
    const bytes = new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
    return { bytes, mediaType: byName ?? "application/octet-stream" };
  }
  if (typeof content === "string") {
    return {
      bytes: new TextEncoder().encode(content),
      mediaType: byName ?? "text/plain; charset=utf-8",
    };
  }
  const json = JSON.stringify(content);
  if (json === undefined) throw new Error(`artifact ${name}: the content has no JSON form`);
  return { bytes: new TextEncoder().encode(json), mediaType: "application/json" };
}

/**
 * Writes a file so that a reader, or a start after a loss of power, sees the old content or the new one
 * and nothing between: temporary name in the same folder, forced to the disk, renamed.
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
  await makeFolder(dirname(path));
  const temporary = join(dirname(path), `.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Removes what `writeFileAtomic` had not finished when its process was killed. */
export async function removeTemporaryFiles(runFolder: string): Promise<void> {
  const artifacts = join(runFolder, "artifacts");
  const names = await readdir(artifacts, { recursive: true }).catch(() => []);
  const left = names.filter((name) => /^\.[0-9a-f]{12}\.tmp$/.test(basename(name)));
  await Promise.all(left.map((name) => rm(join(artifacts, name), { force: true })));
}
