// OpenAPI 3.1 of the HTTP API: the fixed routes from a table, those of the labs from their schemas.
import { type LabInfo, packageVersion } from "../lab/index.ts";

interface Route {
  readonly method: "get" | "post" | "delete";
  readonly path: string;
  readonly summary: string;
  /** Query parameters with what they mean. */
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Media type of the answer; default JSON. */
  readonly answer?: string;
  readonly status?: number;
}

const json = "application/json";

const routes: readonly Route[] = [
  { method: "get", path: "/api/health", summary: "Whether the server is well, and its version." },
  { method: "get", path: "/api/session", summary: "Whether a key is needed, and was given." },
  {
    method: "post",
    path: "/api/session",
    summary: "Gives a key for a cookie that browsers send along.",
    body: { type: "object", properties: { key: { type: "string" } }, required: ["key"] },
  },
  { method: "delete", path: "/api/session", summary: "Forgets the cookie." },
  { method: "get", path: "/api/labs", summary: "All labs with their input schemas." },
  { method: "get", path: "/api/labs/{id}", summary: "One lab." },
  {
    method: "get",
    path: "/api/runs",
    summary: "Runs, newest first.",
    query: {
      id: "only runs whose ids begin so",
      lab: "only this lab's",
      status: "only runs of this status",
      project: "only steps of this project",
      sweep: "only trials of this sweep",
      limit: "at most this many, 100 by default",
    },
  },
  { method: "get", path: "/api/runs/{id}", summary: "One run with its artifacts and progress." },
  { method: "delete", path: "/api/runs/{id}", summary: "Removes a run that has ended." },
  {
    method: "get",
    path: "/api/runs/{id}/metrics",
    summary: "A run's curves in columns.",
    query: {
      names: "curves, joined by commas",
      afterStep: "only steps above this one",
      maxPoints: "at most this many points per curve, ends and peaks kept",
    },
  },
  {
    method: "get",
    path: "/api/plot/data",
    summary: "Rows for the plot: HiPlot's JSON, or columns as bytes to who accepts those.",
    query: {
      uri: "demo…, run://…, json://…, multi://… or a file of the data folder, one per line",
    },
  },
  {
    method: "get",
    path: "/api/runs/{id}/artifacts/{name}",
    summary: "An artifact's bytes. `name` may hold slashes.",
    query: { format: "csv: a table as CSV, safe to open in a spreadsheet" },
    answer: "application/octet-stream",
  },
  {
    method: "get",
    path: "/api/runs/{id}/log",
    summary: "What the run's process wrote.",
    query: { tail: "bytes from the end" },
    answer: "text/plain",
  },
  {
    method: "get",
    path: "/api/runs/{id}/events",
    summary: "What happens to a run, live.",
    query: { after: "points recorded after this cursor" },
    answer: "text/event-stream",
  },
  {
    method: "get",
    path: "/api/events",
    summary: "Changes of all runs, live.",
    answer: "text/event-stream",
  },
  {
    method: "post",
    path: "/api/runs/{id}/stop",
    summary: "Stops a run; it keeps its checkpoint.",
    status: 202,
  },
  {
    method: "post",
    path: "/api/runs/{id}/resume",
    summary: "Lets a stopped, interrupted or failed run go on from its checkpoint.",
    status: 202,
  },
  {
    method: "post",
    path: "/api/runs/{id}/again",
    summary:
      "Starts a run like this one with the fields of `input` changed; null leaves a field out.",
    status: 202,
  },
  {
    method: "post",
    path: "/api/uploads",
    summary: "Keeps the body as a data file; `file` of the answer stands for it in inputs.",
    query: { name: "the file's name; its ending says what it is" },
    status: 201,
  },
  {
    method: "post",
    path: "/api/sweeps",
    summary: "Starts runs of one lab over a search space.",
    body: { $ref: "#/components/schemas/Sweep" },
    status: 202,
  },
  { method: "get", path: "/api/sweeps/{id}", summary: "A sweep with its trials, the best first." },
];

const sweepSchema = {
  type: "object",
  required: ["lab", "space"],
  properties: {
    lab: { type: "string" },
    input: { type: "object", description: "fields that are the same in every trial" },
    space: {
      type: "object",
      description: 'per field: "log(1e-4,1e-2)", "uniform(0,1)", "int(1,8)" or "a,b,c"',
      additionalProperties: { type: "string" },
    },
    method: { enum: ["grid", "random", "halving", "tpe"] },
    trials: { type: "integer" },
    seed: { type: "integer" },
    metric: { type: "string" },
    goal: { enum: ["minimize", "maximize"] },
  },
};

const errorAnswer = {
  description: "What was wrong.",
  content: { [json]: { schema: { $ref: "#/components/schemas/Error" } } },
};

/** The description of the whole API; with a path and schemas per lab. */
export function openApi(labs: readonly LabInfo[]): object {
  const paths: Record<string, Record<string, object>> = {};
  const add = (route: Route, more: object = {}) => {
    paths[route.path] ??= {};
    paths[route.path][route.method] = { ...describeRoute(route), ...more };
  };
  for (const route of routes) add(route);
  const schemas: Record<string, object> = {};
  for (const lab of labs) {
    const schema = `${lab.id}.input`;
    schemas[schema] = lab.input;
    const body = {
      type: "object",
      properties: { input: { $ref: `#/components/schemas/${schema}` } },
    };
    const named = { name: { type: "string" }, project: { type: "string" } };
    const about = {
      tags: [lab.name],
      description: `${lab.summary}\n\nSource: ${lab.source}`,
      operationId: `run-${lab.id}`,
    };
    add(
      {
        method: "post",
        path: `/api/labs/${lab.id}/runs`,
        summary: `${lab.title}: starts a run.`,
        body: { ...body, properties: { ...body.properties, ...named } },
        status: 202,
      },
      about,
    );
    if (!lab.interactive) continue;
    const path = `/api/labs/${lab.id}/call`;
    const summary = `${lab.title}: answers at once.`;
    add({ method: "post", path, summary, body }, { ...about, operationId: `call-${lab.id}` });
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Deepdive",
      version: packageVersion(),
      description: "The workbench over HTTP: labs, runs, curves, artifacts.",
    },
    paths,
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer" } },
      schemas: {
        ...schemas,
        Sweep: sweepSchema,
        Error: {
          type: "object",
          properties: {
            error: {
              type: "object",
              properties: {
                code: { type: "string" },
                message: { type: "string" },
                field: { type: "string" },
              },
              required: ["code", "message"],
            },
          },
        },
      },
    },
    security: [{}, { key: [] }],
  };
}

function describeRoute({ path, summary, query = {}, body, answer = json, status = 200 }: Route) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(query).map(([name, description]) => ({
    name,
    in: "query",
    description,
    schema: { type: "string" },
  }));
  const parameters = [...inPath, ...inQuery];
  return {
    summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { content: { [json]: { schema: body } } } } : {}),
    responses: {
      [status]: { description: "Done.", content: { [answer]: { schema: {} } } },
      default: errorAnswer,
    },
  };
}
