// Drives a server in a process of its own, for acceptance and tests: starts it, asks it, kills it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { MetricsResult, RunDetails } from "../../lab/index.ts";

const entry = fileURLToPath(new URL("../fixtures/serve.ts", import.meta.url));

/** A server process and its address. */
export class ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.child = child;
    this.url = url;
  }

  /** Starts a server on a data folder; `labs` as in `$DEEPDIVE_LABS`. */
  static async start(folder: string, labs = ""): Promise<ServerProcess> {
    const child = spawn(process.execPath, [entry, folder], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, DEEPDIVE_LABS: labs },
    });
    for await (const url of createInterface({ input: child.stdout })) {
      return new ServerProcess(child, url);
    }
    throw new Error(`the server ended with ${child.exitCode} before it listened`);
  }

  async json<T>(path: string, body?: object): Promise<T> {
    const answer = await fetch(this.url + path, {
      method: body ? "POST" : "GET",
      ...(body && {
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      }),
    });
    const value = (await answer.json()) as T & { error?: { message: string } };
    if (!answer.ok) throw new Error(`${path}: ${value.error?.message}`);
    return value;
  }

  /** Uploads a file; the answer stands for it in inputs. */
  async upload(path: string): Promise<string> {
    const answer = await fetch(`${this.url}/api/uploads?name=${basename(path)}`, {
      method: "POST",
      body: await readFile(path),
      headers: { "content-type": "application/octet-stream" },
    });
    return ((await answer.json()) as { file: string }).file;
  }

  async startRun(lab: string, input: object): Promise<string> {
    const { run } = await this.json<{ run: RunDetails }>(`/api/labs/${lab}/runs`, { input });
    return run.id;
  }

  run(id: string): Promise<RunDetails> {
    return this.json(`/api/runs/${id}`);
  }

  metrics(id: string): Promise<MetricsResult> {
    return this.json(`/api/runs/${id}/metrics?maxPoints=100000`);
  }

  /** Waits until the run has ended, or `enough` is true of it. */
  async until(id: string, enough: (run: RunDetails) => boolean = () => false): Promise<RunDetails> {
    for (;;) {
      const run = await this.run(id);
      if (run.ended !== null || enough(run)) return run;
      await sleep(50);
    }
  }

  /** As a power cut does it. */
  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await once(this.child, "exit");
  }
}
