import { useState } from "react";
import { plain, timeLabels } from "../format";
import { dashes, named, ramp } from "../palette";
import { inside, ticks } from "./lines";

export type Kind = "scatter" | "line" | "bar";
export type Point = { x: number | string; y: number; colour: number | string | null };
type Series = { text: string; colour: string; dash: string; shape: number; points: Point[] };

const edges = { left: 58, right: 16, top: 10, bottom: 44 };
const other = "other";
const cut = (word: string) => (word.length > 18 ? `${word.slice(0, 17)}…` : word);

/** Points that agree in something, in the order in which they came. */
function grouped<K>(points: Point[], of: (point: Point) => K): Map<K, Point[]> {
  const groups = new Map<K, Point[]>();
  for (const point of points) {
    const group = groups.get(of(point));
    if (group) group.push(point);
    else groups.set(of(point), [point]);
  }
  return groups;
}

/** Points by the value of their colour: numbers on the ramp, words in the eight colours, each with a dash and a shape of its own; what is left over together. */
export function seriesOf(points: Point[]): Series[] {
  const groups = grouped(points, (point) => point.colour);
  const numeric = [...groups.keys()].every((value) => typeof value === "number" || value === null);
  const keys = [...groups.keys()].sort((a, b) => (a === null ? 1 : b === null ? -1 : typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true })));
  if (numeric) {
    const values = keys.filter((key) => key !== null) as number[];
    const [low, high] = [values[0] ?? 0, values.at(-1) ?? 0];
    return keys.map((key, i) => ({ text: key === null ? "–" : plain(key), colour: keys.length === 1 ? named[0]! : key === null ? named[6]! : ramp(high > low ? ((key as number) - low) / (high - low) : 0.5), dash: keys.length <= dashes.length ? dashes[i]! : "", shape: keys.length <= 4 ? i : 0, points: groups.get(key)! }));
  }
  const most = keys.length > named.length ? named.length - 2 : named.length;
  const colours = named.filter((_, i) => i !== 6);
  const shown = keys.slice(0, most).map((key, i) => ({ text: key === null ? "–" : String(key), colour: keys.length > named.length ? colours[i]! : named[i]!, dash: dashes[i % dashes.length]!, shape: i % 4, points: groups.get(key)! }));
  const rest = keys.slice(most).flatMap((key) => groups.get(key)!);
  return rest.length === 0 ? shown : [...shown, { text: other, colour: named[6]!, dash: "1 2", shape: 0, points: rest }];
}

/** Of rows with the same x the mean, by x. */
export function meansOf(points: Point[]): Point[] {
  return [...grouped(points, (point) => point.x)].map(([x, same]) => ({ x, y: same.reduce((sum, point) => sum + point.y, 0) / same.length, colour: same[0]!.colour }));
}

const shapes = [
  (x: number, y: number) => `M${x - 3.5} ${y}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0`, (x: number, y: number) => `M${x - 3.2} ${y - 3.2}h6.4v6.4h-6.4Z`,
  (x: number, y: number) => `M${x} ${y - 4.2}l4 7.2h-8Z`, (x: number, y: number) => `M${x} ${y - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5Z`,
];
const shapeOf = (series: { shape: number }, x: number, y: number) => shapes[series.shape]!(x, y);

const second = 1_000;
const [minute, hour, day] = [60 * second, 3_600 * second, 86_400 * second];
const lengths = [1, 2, 5, 10, 20, 50, 100, 200, 500, ...[1, 2, 5, 10, 15, 30].map((n) => n * second), ...[1, 2, 5, 10, 15, 30].map((n) => n * minute), ...[1, 2, 3, 6, 12].map((n) => n * hour), ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map((n) => n * day)];

/** Round times inside a range. */
function roundTimes([low, high]: [number, number], most: number): number[] {
  const step = lengths.find((length) => (high - low) / length <= most) ?? lengths.at(-1)!;
  const at: number[] = [];
  for (let time = Math.ceil(low / step) * step; time <= high && at.length < 50; time += step) at.push(time);
  return at;
}

/** Where the entries of a legend stand, as many in a row as there is room for. */
function legendOf(texts: string[], width: number): { at: [number, number][]; height: number } {
  let [x, y] = [0, 0];
  const at = texts.map((text, i): [number, number] => {
    const wide = 7.2 * text.length + (i === 0 ? 12 : 38);
    if (x > 0 && x + wide > width) [x, y] = [0, y + 18];
    const place: [number, number] = [x, y];
    x += wide;
    return place;
  });
  return { at, height: y + 22 };
}

/** Series over numbers or words: points, lines, or bars from nothing, with a legend where they have a name in common. Hover tells a point. */
export function Chart({ series, kind, x, y, width, height: tall, words, times, spell = plain, by = "" }: {
  series: Series[]; kind: Kind; x: string; y: string; width: number; height: number; words: string[] | null; times?: boolean; spell?: (x: number | string) => string; by?: string;
}) {
  const entries = by === "" || series.length < 2 ? [] : series.length > 9 ? [0, 0.25, 0.5, 0.75, 1].map((at) => series[Math.round(at * (series.length - 1))]!) : series;
  const legend = entries.length === 0 ? { at: [], height: 0 } : legendOf([by, ...entries.map((each) => cut(each.text))], width - 8);
  const height = tall + legend.height;
  const margin = { ...edges, top: edges.top + legend.height };
  const [hover, setHover] = useState<{ text: string; x: number; y: number } | null>(null);
  const all = series.flatMap((each) => each.points);
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  const bounds = (values: number[], zero: boolean): [number, number] => {
    const [low, high] = [values.reduce((a, b) => Math.min(a, b), zero ? 0 : Infinity), values.reduce((a, b) => Math.max(a, b), zero ? 0 : -Infinity)];
    const pad = (high > low ? high - low : Math.abs(high) || 1) * 0.04;
    return zero ? [low < 0 ? low - pad : 0, high > 0 ? high + pad : 0] : [low - pad, high + pad];
  };
  const across = words ? null : bounds(all.map((point) => point.x as number), false);
  const up = bounds(all.map((point) => point.y), kind === "bar");
  const band = words ? inner.width / Math.max(1, words.length) : 0;
  const X = (value: number | string) => margin.left + (words ? (words.indexOf(String(value)) + 0.5) * band : ((value as number) - across![0]) / (across![1] - across![0]) * inner.width);
  const Y = (value: number) => margin.top + (1 - (value - up[0]) / (up[1] - up[0])) * inner.height;
  const longest = Math.max(1, ...(words ?? []).map((word) => spell(word).length));
  const every = Math.max(1, Math.ceil((Math.min(18, longest) * 7.2 + 8) / Math.max(1, band)));
  const timeTicks = (range: [number, number], most: number) => { const at = roundTimes(range, most); const told = timeLabels(at); return at.map((value, i): [string, number] => [told[i]!, X(value)]); };
  let labels: [string, number][] = words ? words.flatMap((word, i): [string, number][] => (i % every === 0 ? [[cut(spell(word)), X(word)]] : [])) : ticks(across!, Math.max(2, inner.width / 90)).map((value) => [String(value), X(value)]);
  if (times && across) labels = timeTicks(across, Math.max(2, inner.width / 130));
  const bar = Math.max(1, (0.8 * band) / series.length);
  const tell = (each: Series, point: Point, px: number, py: number) => ({ onMouseEnter: () => setHover({ text: `${each.text && series.length > 1 ? `${each.text}: ` : ""}${spell(point.x)}, ${Number(point.y.toPrecision(6))}`, x: px, y: py }), onMouseLeave: () => setHover(null) });
  return (
    <svg className="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${kind} of ${y} over ${x}, ${all.length} points`}>
      {ticks(up, Math.max(2, inner.height / 42)).map((value) => (
        <g key={value}>
          <line className="grid" x1={margin.left} x2={width - margin.right} y1={Y(value)} y2={Y(value)} />
          <text x={margin.left - 6} y={Y(value) + 4} textAnchor="end">{value}</text>
        </g>
      ))}
      {labels.map(([text, at]) => <text key={text + at} x={inside(at, text, width)} y={height - margin.bottom + 16} textAnchor="middle">{text}</text>)}
      <line className="axis" x1={margin.left} x2={width - margin.right} y1={height - margin.bottom} y2={height - margin.bottom} />
      <text x={margin.left + inner.width / 2} y={height - 6} textAnchor="middle">{x}</text>
      {kind === "bar" && up[0] < 0 && <line className="axis" x1={margin.left} x2={width - margin.right} y1={Y(0)} y2={Y(0)} />}
      {series.map((each, s) => (kind === "line"
        ? <path key={each.text} d={each.points.map((point, i) => `${i === 0 ? "M" : "L"}${X(point.x).toFixed(1)} ${Y(point.y).toFixed(1)}`).join("")} fill="none" stroke={each.colour} strokeWidth="2" strokeDasharray={each.dash} />
        : kind === "bar" ? each.points.map((point, i) => {
          const left = X(point.x) - 0.4 * band + s * bar;
          return <rect key={`${each.text} ${i}`} x={left} width={Math.max(1, bar - (bar > 4 ? 1 : 0))} y={Math.min(Y(0), Y(point.y))} height={Math.max(0.5, Math.abs(Y(point.y) - Y(0)))} fill={each.colour} {...tell(each, point, left + bar / 2, Math.min(Y(0), Y(point.y)))} />;
        }) : null))}
      {kind !== "bar" && series.map((each) => each.points.map((point, i) => (
        <path key={`${each.text} ${i}`} d={shapeOf(each, X(point.x), Y(point.y))} fill={each.colour} fillOpacity={all.length > 500 ? 0.5 : 0.85} {...tell(each, point, X(point.x), Y(point.y))} />
      )))}
      {entries.length > 0 && <text x={0} y={14}>{by}</text>}
      {entries.map((each, i) => {
        const [left, top] = legend.at[i + 1]!;
        return (
          <g key={each.text}>
            {kind === "bar" ? <rect x={left + 6} y={top + 5} width="10" height="10" fill={each.colour} />
              : <>{kind === "line" && <line x1={left} x2={left + 22} y1={top + 10} y2={top + 10} stroke={each.colour} strokeWidth="2" strokeDasharray={each.dash} />}<path d={shapeOf(each, left + 11, top + 10)} fill={each.colour} /></>}
            <text x={left + 26} y={top + 14}>{cut(each.text)}</text>
          </g>
        );
      })}
      {hover && <text className="tip" x={hover.x + (hover.x > width / 2 ? -8 : 8)} y={Math.max(14, hover.y - 8)} textAnchor={hover.x > width / 2 ? "end" : "start"}>{hover.text}</text>}
    </svg>
  );
}
