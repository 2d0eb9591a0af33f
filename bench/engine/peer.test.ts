// The peers' processes: the protocol with a stand-in child, and PyTorch's side where it is there.

import { afterEach, describe, expect, it } from "vitest";
import { ChildPeer, findTorch, openPeer, type Peer } from "./peer.ts";
import { workloads } from "./workloads.ts";

const mlp = workloads[0]!;
const open: Peer[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((peer) => peer.close()));
});

function child(source: string): ChildPeer {
  const peer = new ChildPeer("child", process.execPath, ["-e", source], { threads: 3 });
  open.push(peer);
  return peer;
}

const replies = (expression: string) => `
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const request = JSON.parse(line);
    console.log(JSON.stringify(${expression}));
  });`;

describe("ChildPeer", () => {
  it("sends the workload with its settings and hands back the times", async () => {
    const answer = `request.cmd === "step" ? { ms: Array(request.n).fill(1.5) }
      : request.workload.widths[3] === 10 && request.threads === 3 ? { ok: true }
      : { error: "wrong request" }`;
    const peer = child(replies(answer));
    await peer.setup(mlp);
    expect(await peer.step(3)).toEqual([1.5, 1.5, 1.5]);
  });

  it("rejects with the error that the child reports", async () => {
    const peer = child(replies(`{ error: "no kernel for that" }`));
    await expect(peer.setup(mlp)).rejects.toThrow("no kernel for that");
  });

  it("says what a child wrote last when it dies", async () => {
    const peer = child(`console.error("first"); console.error("out of memory"); process.exit(3)`);
    await expect(peer.setup(mlp)).rejects.toThrow("its process ended: out of memory");
  });

  it("rejects where the command does not exist", async () => {
    const peer = new ChildPeer("none", "/nonexistent/python", []);
    await expect(peer.setup(mlp)).rejects.toThrow("ENOENT");
    await peer.close();
  });
});

describe("the JavaScript peers", () => {
  const tiny = { kind: "gpt", name: "tiny", group: "tiny", batch: 2, time: 4 } as const;
  const gpt = { ...tiny, layers: 1, width: 8, heads: 2, vocabulary: 5 };

  it.each(["tfjs", "jax-js", "jax-js-threads"] as const)("%s trains a tiny GPT", async (name) => {
    const peer = await openPeer(name, 2);
    open.push(peer);
    await peer.setup(gpt);
    const ms = await peer.step(3);
    expect(ms).toHaveLength(3);
    expect(Math.min(...ms)).toBeGreaterThan(0);
  });

  it("tfjs says why it cannot train a convolution", async () => {
    const peer = await openPeer("tfjs", 1);
    open.push(peer);
    await expect(peer.setup(workloads[1]!)).rejects.toThrow("Conv2DBackpropFilter");
  });
});

describe("PyTorch", async () => {
  const torch = await findTorch();
  if (torch === undefined) console.log("peer.test: neither $PYTHON nor python3 has torch: skipped");

  it.skipIf(torch === undefined)("times steps of the mlp", async () => {
    const peer = await openPeer("torch-eager", 1);
    open.push(peer);
    await peer.setup({ ...mlp, batch: 2 } as typeof mlp);
    const ms = await peer.step(3);
    expect(ms).toHaveLength(3);
    expect(Math.min(...ms)).toBeGreaterThan(0);
  });
});
