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
