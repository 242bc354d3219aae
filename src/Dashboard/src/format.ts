import type { Counts, Mean, Point } from "./api/client";

export const nothing = "–";
export const score = (value: number | null | undefined, digits = 3) => (value === null || value === undefined || Number.isNaN(value) ? nothing : value.toFixed(digits).replace("-", "−"));
export const whole = (value: number | null | undefined) => score(value, 0);
export const percent = (value: number | null | undefined) => (value === null || value === undefined ? nothing : `${Math.round(100 * value)}%`);
export const shortId = (id: string) => id.slice(0, 12);

/** A swept value without the noise of its arithmetic. */
export const plain = (value: unknown) => String(typeof value === "number" ? Number(value.toPrecision(12)) : value);

/** A toy model's loss is a squared error, and it has no heads. */
export const isToy = (model: unknown) => (model as { kind?: unknown } | null | undefined)?.kind === "relu-toy";
export const ofToys = (document: unknown) => isToy((document as { model?: unknown } | null | undefined)?.model);
export const lossName = (toy: boolean) => (toy ? "loss" : "loss (nats)");

export function interval(mean: Mean, digits = 3): string {
  if (mean.mean === null) return nothing;
  if (mean.low === null || mean.high === null) return score(mean.mean, digits);
  const [below, above] = [mean.mean - mean.low, mean.high - mean.mean];
  return Math.abs(below - above) < 1e-6 * (1 + Math.abs(mean.mean)) ? `${score(mean.mean, digits)} ±${above.toFixed(digits)}` : `${score(mean.mean, digits)} [${score(mean.low, digits)}, ${score(mean.high, digits)}]`;
}

export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return nothing;
  if (seconds < 100) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.floor(seconds % 60)} s` : minutes < 1440 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 1440)} d ${Math.floor(minutes / 60) % 24} h`;
}

export const time = (iso: string | null | undefined) => (iso ? `${iso.slice(0, 10)} ${iso.slice(11, 19)}` : nothing);

const cell = (value: unknown) => { const text = String(value ?? ""); return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text; };

/** Rows as RFC 4180 has them: what has commas, quotes or ends of lines is quoted, and quotes in it are doubled. */
export const csv = (rows: unknown[][]) => rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";

/** A time of the server, which says its zone or means UTC, in milliseconds. */
export function instant(text: string): number {
  const iso = text.trim().replace(" ", "T");
  return Date.parse(!iso.includes("T") || /(Z|[+-][0-9]{2}(:?[0-9]{2})?)$/.test(iso) ? iso : `${iso}Z`);
}

const spans: [number, number][] = [[0, 10], [11, 16], [11, 19], [11, 23], [5, 16], [5, 19], [5, 23], [0, 16], [0, 19], [0, 23]];

/** Times by the shortest part of them that tells them apart: no day where all are of one, no seconds where minutes do. */
export function timeLabels(times: number[]): string[] {
  const all = times.map((time) => new Date(time).toISOString());
  const [one, year] = [new Set(all.map((text) => text.slice(0, 10))).size < 2, new Set(all.map((text) => text.slice(0, 4))).size < 2];
  const apart = new Set(times).size;
  const [from, to] = spans.find(([from, to]) => (from === 0 || (from === 11 ? one : year)) && new Set(all.map((text) => text.slice(from, to))).size === apart && (to > 10 || all.every((text) => text.slice(11) === (all.length > 1 ? all[0]!.slice(11) : "00:00:00.000Z")))) ?? [0, 23];
  return all.map((text) => text.slice(from, to).replace("T", " "));
}

export function counts(runs: Counts): string {
  const states: [number, string][] = [
    [runs.completed, "completed"], [runs.failed, "failed"], [runs.cancelled, "cancelled"], [runs.stopped_early, "stopped early"], [runs.training, "training"],
    [runs.measuring, "measuring"], [runs.dispatched, "dispatched"], [runs.lost, "lost"], [runs.paused, "paused"], [runs.pending, "pending"],
  ];
  return states.filter(([count]) => count > 0).map(([count, name]) => `${count} ${name}`).join(", ") || "no runs";
}

const last = (axis: string) => axis.slice(axis.lastIndexOf(".") + 1);

/** Axes by the part of their path that tells them apart. */
export function axisNames(points: Point[]): (axis: string) => string {
  const axes = [...new Set(points.flatMap((point) => Object.keys(point)))];
  const same = (axis: string) => axes.filter((other) => last(other) === last(axis)).length > 1;
  return (axis) => (same(axis) ? axis : last(axis));
}

export function pointName(point: Point, name: (axis: string) => string): string {
  const parts = Object.entries(point).map(([axis, value]) => `${name(axis)}=${plain(value)}`);
  return parts.length === 0 ? "all runs" : parts.join(", ");
}
