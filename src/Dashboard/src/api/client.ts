import type { components } from "./schema";

type Schemas = components["schemas"];

/** A point of the grid: axis path to value. */
export type Point = Record<string, unknown>;
export type Mean = Schemas["LargestEstimate"];
export type Share = Schemas["ShareEstimate"];
export type Median = Schemas["MedianEstimate"];
export type Counts = Schemas["RunCounts"];
export type SweepSummary = Schemas["SweepSummary"];
export type SweepHead = Schemas["SweepHead"];
export type SweepStatus = Schemas["SweepStatus"];
export type Group = Schemas["SweepGroup"];
export type Progress = Schemas["SweepProgress"];
export type HeadMark = Schemas["HeadMark"];
export type HeadCircuits = Schemas["HeadCircuits"];
export type CircuitEnds = Schemas["CircuitEnds"];
export type RunCurve = Schemas["RunCurve"];
export type RunMetrics = Schemas["RunMetrics"];
export type RunComposition = Schemas["RunComposition"];
export type RoleComposition = Schemas["RoleComposition"];
export type SweepComposition = Schemas["SweepComposition"];
export type Comparison = Schemas["GroupComparison"];
export type Findings = Schemas["SweepFindings"];
export type Trajectory = Schemas["SweepTrajectory"];
export type RunDetail = Schemas["RunDetail"] & { config: { model: Record<string, unknown>; data: Record<string, unknown>; train: Record<string, unknown> } };
export type Snapshot = Schemas["RunSnapshot"];
export type LogLine = Schemas["RunLogLine"];
export type Pattern = Schemas["PatternPicture"];
export type HeadView = Schemas["HeadView"];
export type Plan = Schemas["PlanResult"];
export type Submitted = Schemas["SubmitResult"];
export type Terms = Schemas["TermSummary"];
export type Worker = Schemas["WorkerSummary"];
export type Queue = Schemas["QueueSummary"];
export type TableAnswer = Schemas["Table"];
export type TableSchemas = Schemas["TableSchemas"];
export type Session = Schemas["Session"];

/** What the server refused, in its own words. */
export class Refused extends Error {
  constructor(readonly status: number, readonly title: string, detail: string) {
    super(detail);
  }
}

/** Whether a failure is that nobody is signed in. */
export const isSignedOut = (wrong: unknown) => wrong instanceof Refused && wrong.status === 401;

let last: Date | null = null;
let signedOut = () => undefined as void;

/** When the last answer came, of which is what is shown. */
export const lastAnswer = () => last;

/** What to do when an answer is that nobody is signed in. */
export const onSignedOut = (act: () => void) => { signedOut = act; };

async function answer(response: Response): Promise<Response> {
  const ofSession = response.url.endsWith("/api/v1/session"); // which answers everybody
  if (response.ok) {
    if (!ofSession) last = new Date();
    return response;
  }
  let title = response.statusText || `status ${response.status}`;
  let detail = title;
  try {
    const problem = (await response.json()) as { title?: string; detail?: string };
    title = problem.title ?? title;
    detail = problem.detail ?? title;
  } catch {
    // No problem details: a proxy answered. Its status is all there is to say.
  }
  if (response.status === 401 && !ofSession) {
    signedOut();
    detail = "You are signed out."; // the server speaks of headers, which a page's user does not write
  }
  throw new Refused(response.status, title, detail);
}

/** Asks; takes an answer that was made for somebody else, if it is not older than so many seconds. */
const ask = async (path: string, signal?: AbortSignal, age = 0) => answer(await fetch(`/api/v1/${path}`, { signal: signal ?? null, headers: { accept: "application/json", "cache-control": `max-age=${age}` } }));

export async function get<T>(path: string, signal?: AbortSignal, age = 0): Promise<T> {
  return (await (await ask(path, signal, age)).json()) as T;
}

/** A file, once all of it is there. */
export const download = async (path: string) => (await answer(await fetch(`/api/v1/${path}`))).blob();

/** A page of a list, and the cursor of the next one. */
export async function getPage<T>(path: string, signal?: AbortSignal, age = 0): Promise<{ rows: T[]; next: string | null }> {
  const response = await ask(path, signal, age);
  const next = /after=([^>&]+)[^>]*>;\s*rel="next"/.exec(response.headers.get("link") ?? "");
  return { rows: (await response.json()) as T[], next: next?.[1] ?? null };
}

export async function post<T>(path: string, body?: unknown): Promise<T | null> {
  const init: RequestInit = body === undefined ? { method: "POST" } : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await answer(await fetch(`/api/v1/${path}`, init));
  return response.status === 204 ? null : ((await response.json()) as T);
}

export const end = async (path: string) => answer(await fetch(`/api/v1/${path}`, { method: "DELETE" }));

export const metric = {
  mean: (group: Group, name: string): Mean => (group[name] as Mean | undefined) ?? { mean: null, low: null, high: null, n: 0 },
  share: (group: Group): Share => group.induction_share ?? { value: null, low: null, high: null, n: 0 },
  median: (group: Group): Median => group.transition_step ?? { median: null, low: null, high: null, n: 0, censored: 0 },
};
