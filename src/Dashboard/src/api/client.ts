import type { components } from "./schema";

type Schemas = components["schemas"];

/** A point of the grid: axis path to value. */
export type Point = Record<string, unknown>;
export type Mean = { mean: number | null; low: number | null; high: number | null; n: number; null?: { of: number; mean: number; p95: number } };
export type Share = { value: number | null; low: number | null; high: number | null; n: number };
export type Median = { median: number | null; low: number | null; high: number | null; n: number; censored: number };
export type Counts = Required<Schemas["RunCounts"]>;
export type SweepSummary = Omit<Schemas["SweepSummary"], "runs"> & { runs: Counts };
export type SweepHead = Omit<Schemas["SweepHead"], "runs"> & { runs: Counts };
export type SweepStatus = Omit<Schemas["SweepStatus"], "sweep"> & { sweep: SweepHead };
export type Group = { by: Point; runs: number; completed: number; failed: number; excluded: number } & Record<string, unknown>;
export type SweepResult = { sweep: SweepHead; groups: Group[]; elapsed_seconds: number };
export type Progress = { sweep: SweepHead; groups: (Schemas["GroupProgress"] & { by: Point })[]; steps_per_second: number; seconds_left: number | null };
export type Circuit = Schemas["RunCircuit"];
export type HeadMark = Schemas["HeadMark"];
export type RunFindings = { run: string; seed: number; metrics: Record<string, number>; transition_step: number | null; heads: HeadMark[]; circuit: Circuit | null };
export type CircuitFindings = {
  runs: number; previous_is_strongest_k: Share; k_z: Mean; k_excess: Mean; qk_eigen_score: Mean; ov_copying: Mean;
  previous_first: number; together: number; induction_first: number; lead: Mean; rank_correlation: Mean;
};
export type HeadCircuits = Schemas["HeadCircuits"];
export type CircuitEnds = Schemas["CircuitEnds"];
export type RunCurve = Schemas["RunCurve"];
export type RunMetrics = Schemas["RunMetrics"];
export type RunComposition = Schemas["RunComposition"];
export type RoleScore = { excess: Mean; z: Mean; above: Share };
export type RolePair = { from_layer: number; from_role: string; to_layer: number; to_role: string; runs: number; q: RoleScore; k: RoleScore; v: RoleScore };
export type RoleComposition = { runs: number; roles: { layer: number; role: string; runs: number; heads: Mean }[]; pairs: RolePair[] };
export type SweepComposition = { step: number; groups: { by: Point; composition: RoleComposition | null }[] };
export type GroupFindings = { by: Point; runs: RunFindings[]; thresholds: { threshold: number; share: Share; heads: Mean }[]; circuits: CircuitFindings | null; composition: RoleComposition | null };
export type Comparison = { first: number; second: number; axis: string; metric: string; difference: Mean | null; p: number | null; adjusted_p: number | null; second_earlier: Share | null };
export type Conditions = Schemas["SweepConditions"];
export type Findings = { result: SweepResult; sentences: Schemas["Finding"][]; groups: GroupFindings[]; comparisons: Comparison[]; conditions: Conditions };
export type TrajectoryPoint = { step: number; loss: Mean; icl_score: Mean; prefix_matching_max: Mean; previous_token_max: Mean; k_excess_max: Mean };
export type RunLine = { run: string; seed: number; prefix_matching_max: (number | null)[]; loss: (number | null)[]; icl_score: (number | null)[] };
export type Trajectory = { sweep: SweepHead; groups: { by: Point; points: TrajectoryPoint[]; lines: RunLine[] }[] };
export type RunDetail = Schemas["RunDetail"] & { config: { model: Record<string, unknown>; data: Record<string, unknown>; train: Record<string, unknown>; seed: number } };
export type Snapshot = Schemas["RunSnapshot"];
export type LogLine = Schemas["RunLogLine"];
export type Pattern = Schemas["PatternPicture"];
export type HeadView = { run: string; layer: number; head: number; role: string | null; role_since: number | null; points: { step: number; role: string | null; metrics: Record<string, number | null> }[]; partners: { from: string; q_excess: number | null; k_excess: number | null; v_excess: number | null }[] };
export type Plan = Schemas["PlanResult"];
export type Submitted = { id: string; name: string; created: boolean; kept?: Schemas["KeptSetting"][] };
export type Terms = { uniform_loss: Mean; loss_by_order: Mean[]; marginal: Mean[]; share_of_reduction_by_order: Mean[] };
export type Worker = Schemas["WorkerSummary"];
export type Queue = Schemas["QueueSummary"];
export type TableAnswer = { columns: { name: string; type: string }[]; rows: unknown[][]; truncated: boolean };
export type TableSchemas = { tables: { name: string; meaning: string; columns: { name: string; kind: string; unit: string; meaning: string }[] }[]; questions: { question: string; sql: string }[] };
export type Session = Schemas["Session"];

/** What the server refused, in its own words. */
export class Refused extends Error {
  constructor(readonly status: number, readonly title: string, detail: string) {
    super(detail);
  }
}

async function answer(response: Response): Promise<Response> {
  if (response.ok) return response;
  let title = response.statusText || `status ${response.status}`;
  let detail = title;
  try {
    const problem = (await response.json()) as { title?: string; detail?: string };
    title = problem.title ?? title;
    detail = problem.detail ?? title;
  } catch {
    // No problem details: a proxy answered. Its status is all there is to say.
  }
  throw new Refused(response.status, title, detail);
}

/** Asks; takes an answer that was made for somebody else, if it is not older than so many seconds. */
const ask = async (path: string, signal?: AbortSignal, age = 0) => answer(await fetch(`/api/v1/${path}`, { signal: signal ?? null, headers: { accept: "application/json", "cache-control": `max-age=${age}` } }));

export async function get<T>(path: string, signal?: AbortSignal, age = 0): Promise<T> {
  return (await (await ask(path, signal, age)).json()) as T;
}

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
  share: (group: Group): Share => (group["induction_share"] as Share | undefined) ?? { value: null, low: null, high: null, n: 0 },
  median: (group: Group): Median => (group["transition_step"] as Median | undefined) ?? { median: null, low: null, high: null, n: 0, censored: 0 },
};
