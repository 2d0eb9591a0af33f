// Gives the app a port and takes it back.
import { type AppOptions, createApp } from "./app.ts";

/** The port that is tried first when none is asked for. */
export const defaultPort = 7331;

/** Arguments of `startServer`. */
export interface ServerOptions extends AppOptions {
  /** This port and no other; default: 7331, or a free one where that is taken. 0: any free one. */
  readonly port?: number;
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
}

/** A server that listens. */
export interface RunningServer {
  /** Where to open it, e.g. `http://127.0.0.1:7331`. */
  readonly url: string;
  readonly port: number;
  /** The default port, where it was taken and another one is used. */
  readonly takenPort?: number;
  close(): Promise<void>;
}

const loopback = /^(?:127\.|::1$|localhost$)/;

/**
 * Starts the server, on loopback unless `host` says otherwise.
 *
 * @throws Error when the port asked for is taken or the address is not this machine's.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { port, host = "127.0.0.1", ...appOptions } = options;
  const open = appOptions.open ?? !loopback.test(host);
  const listen = async (wanted: number) => {
    const app = await createApp({ ...appOptions, open });
    await app.listen({ port: wanted, host });
    return app;
  };
  let takenPort: number | undefined;
  const app = await listen(port ?? defaultPort).catch((error: NodeJS.ErrnoException) => {
    if (port === undefined && error.code === "EADDRINUSE") {
      takenPort = defaultPort;
      return listen(0);
    }
    throw explain(error, port ?? defaultPort, host);
  });
  const address = app.server.address() as { port: number };
  const shown = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return {
    url: `http://${shown.includes(":") ? `[${shown}]` : shown}:${address.port}`,
    port: address.port,
    ...(takenPort === undefined ? {} : { takenPort }),
    close: () => app.close(),
  };
}

function explain(error: NodeJS.ErrnoException, port: number, host: string): Error {
  switch (error.code) {
    case "EADDRINUSE":
      return new Error(`port ${port} is taken by another program; choose one with --port`);
    case "EACCES":
      return new Error(`port ${port} is not open to this user; choose one above 1023 with --port`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new Error(`host ${host} is no address of this machine`);
    default:
      return error;
  }
}
