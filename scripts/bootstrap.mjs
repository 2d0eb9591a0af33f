// Makes every command work on a bare clone: installs what package-lock.json names when it is not there,
// then runs a TypeScript file on the pinned Node. Plain JavaScript without dependencies, because it has
// to run on whatever Node the machine has (20 or later).
//
// Usage: node scripts/bootstrap.mjs FILE.ts [arguments …]

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { constants } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const nodePackage = join(root, "node_modules", "node");
const windows = process.platform === "win32";
const pinnedNode = join(nodePackage, "bin", windows ? "node.exe" : "node");

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));
const say = (text) => process.stderr.write(`deepdive: ${text}\n`);

function fail(text) {
  say(text);
  process.exit(1);
}

/** Why an install is needed, in words for the user; undefined when all is in place. */
function installReason() {
  if (!existsSync(join(root, "node_modules"))) return "this clone has no packages yet";
  // npm writes this file last, so its absence means that an install was cut off.
  const installedLock = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedLock)) return "an earlier install did not finish";
  const installed = readJson(installedLock).packages;
  for (const [path, wanted] of Object.entries(readJson(join(root, "package-lock.json")).packages)) {
    const optional = wanted.optional || wanted.devOptional || wanted.extraneous;
    if (path === "" || optional || installed[path]?.version === wanted.version) continue;
    const found = installed[path]?.version ?? "nothing";
    return `package-lock.json wants ${path} ${wanted.version}, installed is ${found}`;
  }
  return undefined;
}

/** Runs one command in sight of the user. Its output goes to stderr: stdout belongs to the task. */
function runVisibly(command, args, cwd) {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
  const shell = windows && command === "npm";
  return spawnSync(command, args, { cwd, env, shell, stdio: ["ignore", 2, 2] }).status ?? 1;
}

/** Runs npm, the very one that started us if there is one. */
function npm(args) {
  const started = process.env.npm_execpath;
  const isNpm = started && basename(started) === "npm-cli.js" && existsSync(started);
  return isNpm
    ? runVisibly(process.execPath, [started, ...args], root)
    : runVisibly("npm", args, root);
}

function installPackages(reason) {
  say(`installing packages (${reason}) …`);
  // No package here needs its install script except `node`, whose binary installNode() fetches: so the
  // outcome is the same whether this npm runs scripts, asks first or refuses them, and nothing but the
  // registry is contacted (onnxruntime-node's script would fetch CUDA libraries from elsewhere).
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  if (npm(["install", "--no-save", ...flags]) !== 0) {
    fail(
      "`npm install` failed, see its message above. It needs to reach an npm registry and to write to" +
        ` ${join(root, "node_modules")}; try again when it can.`,
    );
  }
}

const works = (node) => existsSync(node) && spawnSync(node, ["--version"]).status === 0;

function installNode() {
  const { version } = readJson(join(nodePackage, "package.json"));
  say(`installing Node ${version} (this machine's is ${process.versions.node}) …`);
  // The script that npm would run at install; it fetches the binary's package from the registry.
  runVisibly(process.execPath, ["installArchSpecificPackage.js"], nodePackage);
  if (!works(pinnedNode)) {
    fail(
      `Node ${version} could not be installed for ${process.platform}/${process.arch}. Install Node 24` +
        " yourself and run the command with it.",
    );
  }
}

/** Puts `node` where npm's own install would: `npm run` and `npx` then find the pinned one. */
function linkNode() {
  const link = join(root, "node_modules", ".bin", "node");
  if (windows || existsSync(link)) return;
  rmSync(link, { force: true });
  symlinkSync(join("..", "node", "bin", "node"), link);
}

function runTask(node, args) {
  const path = [join(root, "node_modules", ".bin"), dirname(node), process.env.PATH].join(
    delimiter,
  );
  const child = spawn(node, args, { stdio: "inherit", env: { ...process.env, PATH: path } });
  // A terminal sends Ctrl-C to the whole group: the task decides what to do, and we wait for it.
  const fromTerminal = process.stdin.isTTY;
  process.on("SIGINT", () => fromTerminal || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  child.on("error", (error) => fail(`cannot start ${node}: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

const [file, ...args] = process.argv.slice(2);
if (file === undefined) fail("usage: node scripts/bootstrap.mjs FILE.ts [arguments …]");
if (Number(process.versions.node.split(".")[0]) < 20) {
  fail(`Node ${process.versions.node} is too old to start; Node 20 or later is needed.`);
}
const reason = installReason();
if (reason !== undefined) installPackages(reason);
if (!works(pinnedNode)) installNode();
linkNode();
runTask(pinnedNode, [join(root, file), ...args]);
