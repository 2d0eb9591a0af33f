// `deepdive serve`: the Studio on the runs that are there.
import type { LabRegistry } from "../lab/index.ts";
import { stopSignal, whenStopped } from "./signals.ts";
import { openStudio, type ServerCommandOptions } from "./studio.ts";

/** Serves the Studio until Ctrl-C. */
export async function serve(options: ServerCommandOptions, registry: LabRegistry): Promise<void> {
  const output = options.json ? process.stderr : process.stdout;
  const { signal, release } = stopSignal();
  const { server, close } = await openStudio(options, output, registry);
  try {
    const { url, port } = server;
    if (options.json) process.stdout.write(`${JSON.stringify({ url, port })}\n`);
    else output.write(`The Studio is at ${url}\nCtrl-C stops it.\n`);
    await whenStopped(signal);
  } finally {
    release();
    await close();
  }
}
