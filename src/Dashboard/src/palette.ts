import type { Point } from "./api/client";
import { axisNames, plain } from "./format";

// Okabe and Ito's colours; the blue 15% lighter, so that it reads on a dark page too. The report has the same.
export const named = ["#2686bd", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a8a8a", "#b8a52a"];
// From violet to green by way of blue, as viridis goes, without its ends, which vanish on dark or on light ground.
const viridis = ["#6a51c9", "#4472c4", "#2c8aa8", "#21a088", "#45b25c", "#8fb82a"];
export const roles = ["induction", "previous_token", "duplicate_token", "copying", "none"] as const;
export const roleColour: Record<string, string> = { induction: named[1]!, previous_token: named[0]!, duplicate_token: named[3]!, copying: named[2]!, none: named[6]! };
export const roleName = (role: string | null | undefined) => (role ?? "not measured").replace("_", "-");
export const dashes = ["", "6 3", "2 3", "8 3 2 3"];

/** A colour of the ramp, from 0 to 1. */
export function ramp(place: number): string {
  const at = place * (viridis.length - 1);
  const [from, to] = [viridis[Math.floor(at)]!, viridis[Math.min(Math.ceil(at), viridis.length - 1)]!];
  const channel = (i: number) => Math.round(parseInt(from.slice(i, i + 2), 16) * (1 - (at % 1)) + parseInt(to.slice(i, i + 2), 16) * (at % 1));
  return `rgb(${channel(1)}, ${channel(3)}, ${channel(5)})`;
}

export type Facets = {
  panels: { title: string; groups: number[] }[];
  colour: (group: number) => string;
  dash: (group: number) => string;
  label: (group: number) => string;
  legend: { text: string; colour: string; dash: string }[];
  axes: string[];
};

/** Many groups as a picture that can be read: one swept axis is colour, others are small multiples, the rest kinds of lines. */
export function facets(points: Point[], wanted?: { colour?: string | null; rows?: string | null }): Facets {
  const name = axisNames(points);
  const value = (group: number, axis: string) => plain(points[group]?.[axis] ?? "–");
  const axes = [...new Set(points.flatMap((point) => Object.keys(point)))];
  const values = new Map(axes.map((axis) => [axis, [...new Set(points.map((_, group) => value(group, axis)))]]));
  const numeric = (axis: string) => points.every((point) => typeof point[axis] === "number");
  const varying = axes.filter((axis) => values.get(axis)!.length > 1).sort((a, b) => values.get(b)!.length - values.get(a)!.length);
  const colour = varying.find((axis) => axis === wanted?.colour) ?? varying.find((axis) => axis !== wanted?.rows && (values.get(axis)!.length <= named.length || numeric(axis)));
  const panels: string[] = [];
  let count = 1;
  for (const axis of [...varying].sort((a, b) => Number(b === wanted?.rows) - Number(a === wanted?.rows))) {
    if (axis !== colour && wanted?.rows !== "none" && count * values.get(axis)!.length <= 12) {
      panels.push(axis);
      count *= values.get(axis)!.length;
    }
  }
  const lines = varying.filter((axis) => axis !== colour && !panels.includes(axis));
  const order = colour === undefined ? [] : numeric(colour) ? [...values.get(colour)!].sort((a, b) => Number(a) - Number(b)) : values.get(colour)!;
  const colourOf = (v: string) => (colour === undefined ? named[0]! : numeric(colour) ? ramp(order.length < 2 ? 0 : order.indexOf(v) / (order.length - 1)) : named[order.indexOf(v) % named.length]!);
  const shown = order.length <= named.length ? order : [0, 1, 2, 3, 4, 5].map((i) => order[Math.round((i * (order.length - 1)) / 5)]!);
  const titles = new Map<string, number[]>();
  points.forEach((_, group) => {
    const title = panels.map((axis) => `${name(axis)}=${value(group, axis)}`).join(", ");
    titles.set(title, [...(titles.get(title) ?? []), group]);
  });
  const dashAxis = lines[0];
  return {
    panels: [...titles].map(([title, groups]) => ({ title, groups })),
    colour: (group) => colourOf(colour === undefined ? "" : value(group, colour)),
    dash: (group) => (dashAxis === undefined ? "" : dashes[values.get(dashAxis)!.indexOf(value(group, dashAxis)) % dashes.length]!),
    label: (group) => (varying.length === 0 ? "all runs" : varying.map((axis) => `${name(axis)}=${value(group, axis)}`).join(", ")),
    legend: [
      ...shown.map((v, i) => ({ text: i === 0 && colour !== undefined ? `${name(colour)} ${v}` : v, colour: colourOf(v), dash: "" })),
      ...(dashAxis === undefined ? [] : values.get(dashAxis)!.slice(0, dashes.length).map((v, i) => ({ text: i === 0 ? `${name(dashAxis)} ${v}` : v, colour: "var(--ink)", dash: dashes[i]! }))),
    ],
    axes: varying,
  };
}
