import { useState } from "react";

export type Line = { label: string; colour: string; dash?: string; points: { x: number; y: number | null; low?: number | null; high?: number | null }[]; seeds?: { name: string; href?: string; shift?: number; values: (number | null)[] }[] };

type Props = { lines: Line[]; x: [number, number]; y: [number, number]; width: number; height: number; below?: string; left?: string; title?: string; mark?: { x?: number; y?: number }; logarithmic?: boolean };

const margin = { left: 46, right: 14, top: 8, bottom: 34 };

/** Round numbers inside a range. */
export function ticks([low, high]: [number, number], most: number): number[] {
  if (!(high - low > 1e-9 * Math.abs(high))) return [Number(low.toPrecision(3))]; // what differs by rounding alone is one value
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough)!;
  const first = Math.ceil(low / step - 1e-9) * step;
  return Array.from({ length: Math.floor((high - first) / step + 1e-9) + 1 }, (_, i) => Number((first + i * step).toPrecision(12)));
}

/** Where a centred label stands so that none of it is cut off at the edges of its drawing. */
export function inside(x: number, label: string, width: number): number {
  const half = 3.9 * label.length + 1;
  return Math.max(half, Math.min(width - half, x));
}

const path = (points: (readonly [number, number] | null)[]) => {
  let pen = false;
  return points.map((point) => { const part = point ? `${pen ? "L" : "M"}${point[0].toFixed(1)} ${point[1].toFixed(1)}` : ""; pen = point !== null; return part; }).join("");
};

/** Means with bands, and thin a line for each seed; hover names the seed, a click opens its run. */
export function Lines({ lines, x, y, width, height, below, left, title, mark, logarithmic }: Props) {
  const [hover, setHover] = useState<{ name: string; at: [number, number] } | null>(null);
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  const log = (value: number) => (logarithmic ? Math.log10(Math.max(1, value)) : value);
  const [from, to] = [log(x[0]), log(x[1])];
  const X = (value: number) => margin.left + (to > from ? (log(value) - from) / (to - from) : 0.5) * inner.width;
  const Y = (value: number) => margin.top + (1 - (y[1] > y[0] ? (value - y[0]) / (y[1] - y[0]) : 0.5)) * inner.height;
  const few = lines.length <= 4;
  const across = logarithmic ? [1, 10, 100, 1000, 10000, 100000].filter((value) => value >= x[0] && value <= x[1]) : ticks(x, Math.max(2, inner.width / 80));
  return (
    <svg className="plot" width={width} height={height} viewBox={`0 0 ${width} ${height}`} role={lines.some((line) => line.seeds?.length) ? "group" : "img"} aria-label={title ?? left ?? "plot"} onMouseLeave={() => setHover(null)}>
      {ticks(y, Math.max(2, inner.height / 42)).map((value) => (
        <g key={value}>
          <line className="grid" x1={margin.left} x2={width - margin.right} y1={Y(value)} y2={Y(value)} />
          <text x={margin.left - 6} y={Y(value) + 4} textAnchor="end">{value}</text>
        </g>
      ))}
      {across.map((value) => <text key={value} x={inside(X(value), String(value), width)} y={height - margin.bottom + 16} textAnchor="middle">{value}</text>)}
      <line className="axis" x1={margin.left} x2={width - margin.right} y1={height - margin.bottom} y2={height - margin.bottom} />
      {below && <text x={margin.left + inner.width / 2} y={height - 4} textAnchor="middle">{below}</text>}
      {mark?.y !== undefined && <line className="mark" x1={margin.left} x2={width - margin.right} y1={Y(mark.y)} y2={Y(mark.y)} />}
      {mark?.x !== undefined && <line className="mark" x1={X(mark.x)} x2={X(mark.x)} y1={margin.top} y2={height - margin.bottom} />}
      {few && lines.map((line) => {
        const band = line.points.filter((point) => typeof point.low === "number" && typeof point.high === "number");
        return band.length > 1 && <path key={line.label} fill={line.colour} fillOpacity="0.2" d={`${path(band.map((point) => [X(point.x), Y(point.high!)] as const))}${band.toReversed().map((point) => `L${X(point.x).toFixed(1)} ${Y(point.low!).toFixed(1)}`).join("")}Z`} />;
      })}
      {few && lines.map((line) => line.seeds?.map((seed) => (
        <a key={line.label + seed.name} href={seed.href} aria-label={seed.name} tabIndex={-1}
          onMouseMove={(event) => setHover({ name: seed.name, at: [event.nativeEvent.offsetX, event.nativeEvent.offsetY] })} onMouseLeave={() => setHover(null)}>
          <path d={path(seed.values.map((value, i) => (value === null || line.points[i] === undefined ? null : [X(line.points[i]!.x + (seed.shift ?? 0)), Y(value)] as const)))} fill="none" stroke={line.colour} strokeOpacity="0.4" strokeWidth="1" />
          <path d={path(seed.values.map((value, i) => (value === null || line.points[i] === undefined ? null : [X(line.points[i]!.x + (seed.shift ?? 0)), Y(value)] as const)))} fill="none" stroke="transparent" strokeWidth="8" />
        </a>
      )))}
      {lines.map((line) => (
        <path key={line.label} d={path(line.points.map((point) => (point.y === null ? null : [X(point.x), Y(point.y)] as const)))} fill="none" stroke={line.colour} strokeWidth={few ? 2.5 : 1.5} strokeDasharray={line.dash}>
          <title>{line.label}</title>
        </path>
      ))}
      {lines.map((line) => !line.seeds?.length && lines.length > 1 && ( // a line is thin to point at
        <path key={line.label} d={path(line.points.map((point) => (point.y === null ? null : [X(point.x), Y(point.y)] as const)))} fill="none" stroke="transparent" strokeWidth="10"
          onMouseMove={(event) => setHover({ name: line.label, at: [event.nativeEvent.offsetX, event.nativeEvent.offsetY] })} onMouseLeave={() => setHover(null)} />
      ))}
      {lines.map((line) => {
        const end = line.points.findLast((point) => point.y !== null);
        return end && <circle key={line.label} cx={X(end.x)} cy={Y(end.y!)} r="3" fill={line.colour} />;
      })}
      {hover && <text className="tip" x={Math.min(hover.at[0], width - 8)} y={Math.max(14, hover.at[1] - 8)} textAnchor={hover.at[0] > width / 2 ? "end" : "start"}>{hover.name}</text>}
    </svg>
  );
}
