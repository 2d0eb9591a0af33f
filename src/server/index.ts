// The server room: the HTTP API over a store, and the Studio's pages.
export { type AppOptions, createApp } from "./app.ts";
export type { ErrorBody } from "./errors.ts";
export { defaultPort, type RunningServer, type ServerOptions, startServer } from "./start.ts";
export { ensureStudioBundle } from "./studio-bundle.ts";
