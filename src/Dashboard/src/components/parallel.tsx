import { useEffect, useMemo, useRef, useState } from "react";
import { clear } from "./canvas";
import { type Range, RangeAxis } from "./range";

export type Axis<T> = { name: string; heading: string; value: (row: T) => number | string | null };
export type Ranges = Record<string, Range>;

const margin = { left: 40, right: 40, top: 26, bottom: 22 };

type Scale<T> = { place: (row: T) => number | null; low: string; high: string; step: number; told: (range: Range) => string };

const short = (value: number) => String(Number(value.toPrecision(3)));

/** Where values stand on an axis from 0 to 1: numbers by size, words in their order. What is undefined has no place. */
function scale<T>(axis: Axis<T>, rows: T[]): Scale<T> {
  const values = rows.map(axis.value).filter((value) => value !== null);
  if (values.every((value) => typeof value === "number")) {
    const [low, high] = [values.reduce((a, b) => Math.min(a, b as number), Infinity), values.reduce((a, b) => Math.max(a, b as number), -Infinity)];
    const at = (place: number) => short(low + place * (high - low));
    return {
      place: (row) => { const value = axis.value(row); return value === null ? null : high > low ? ((value as number) - low) / (high - low) : 0.5; },
      low: values.length === 0 ? "" : short(low), high: values.length === 0 ? "" : short(high), step: 0.05, told: ([from, to]) => `from ${at(from)} to ${at(to)}`,
    };
  }
  const words = [...new Set(values.map(String))].sort();
  const place = (word: string) => (words.length > 1 ? words.indexOf(word) / (words.length - 1) : 0.5);
  return {
    place: (row) => { const value = axis.value(row); return value === null ? null : place(String(value)); }, low: words[0] ?? "", high: words.at(-1) ?? "",
    step: words.length > 1 ? Math.max(0.05, 1 / (words.length - 1)) : 0.05, told: ([from, to]) => words.filter((word) => place(word) >= from && place(word) <= to).join(", ") || "nothing",
  };
}

/** Every run as a line over axes and metrics. Dragging along an axis, or arrow keys on it, keep the runs that pass there; a double click or Escape on it frees it. */
export function Parallel<T>({ rows, axes, width, height, ranges, lit: among, onRanges }: { rows: T[]; axes: Axis<T>[]; width: number; height: number; ranges: Ranges; lit: ((row: T) => boolean) | null; onRanges: (ranges: Ranges) => void }) {
  const [under, over] = [useRef<HTMLCanvasElement>(null), useRef<HTMLCanvasElement>(null)];
  const [drag, setDrag] = useState<{ axis: number; from: number; to: number } | null>(null);
  const scales = useMemo(() => axes.map((axis) => scale(axis, rows)), [axes, rows]);
  const places = useMemo(() => {
    const all = new Float32Array(rows.length * axes.length);
    rows.forEach((row, i) => scales.forEach((one, j) => { all[i * axes.length + j] = one.place(row) ?? NaN; }));
    return all;
  }, [rows, axes, scales]);
  const passing = useMemo(() => rows.filter(passes(rows, axes, ranges)).length, [rows, axes, ranges]);
  const without = (name: string): Ranges => { const { [name]: _, ...rest } = ranges; return rest; };
  const X = (axis: number) => margin.left + (axes.length > 1 ? (axis / (axes.length - 1)) * (width - margin.left - margin.right) : 0);
  const Y = (place: number) => margin.top + (1 - place) * (height - margin.top - margin.bottom);

  // The runs, which a pointer that moves does not change.
  useEffect(() => {
    const context = clear(under.current, width, height);
    if (!context) return;
    const style = getComputedStyle(document.documentElement);
    const chosen = axes.map((axis) => ranges[axis.name]);
    const draw = (lit: boolean) => {
      context.strokeStyle = lit ? style.getPropertyValue("--accent") : style.getPropertyValue("--line");
      context.globalAlpha = lit ? Math.max(0.05, Math.min(0.8, 60 / rows.length)) : 0.35;
      context.beginPath();
      for (let i = 0; i < rows.length; i++) {
        const at = i * axes.length;
        let inside = among === null || among(rows[i]!);
        for (let j = 0; j < axes.length && inside; j++) {
          const range = chosen[j];
          inside = range === undefined || (places[at + j]! >= range[0] && places[at + j]! <= range[1]);
        }
        if (inside !== lit) continue;
        let pen = false;
        for (let j = 0; j < axes.length; j++) {
          const place = places[at + j]!;
          if (Number.isNaN(place)) { pen = false; continue; }
          if (pen) context.lineTo(X(j), Y(place)); else context.moveTo(X(j), Y(place));
          pen = true;
        }
      }
      context.stroke();
      context.globalAlpha = 1;
    };
    draw(false);
    draw(true);
  }, [rows, axes, places, ranges, among, width, height]);

  useEffect(() => {
    const context = clear(over.current, width, height);
    if (!context) return;
    const style = getComputedStyle(document.documentElement);
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = style.getPropertyValue("--ink");
    context.strokeStyle = style.getPropertyValue("--faint");
    axes.forEach((axis, j) => {
      context.textAlign = j === 0 ? "left" : j === axes.length - 1 ? "right" : "center";
      const x = j === 0 ? 0 : j === axes.length - 1 ? width : X(j);
      context.fillText(axis.heading, x, 11);
      context.fillText(scales[j]!.high, x, 23);
      context.fillText(scales[j]!.low, x, height - 6);
      context.beginPath();
      context.moveTo(X(j), Y(1));
      context.lineTo(X(j), Y(0));
      context.stroke();
      const range = drag?.axis === j ? [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)] as const : ranges[axis.name];
      if (range) {
        context.globalAlpha = 0.35;
        context.fillRect(X(j) - 6, Y(range[1]), 12, Y(range[0]) - Y(range[1]));
        context.globalAlpha = 1;
      }
    });
  });

  const at = (event: React.MouseEvent) => ({
    axis: Math.max(0, Math.min(axes.length - 1, Math.round(((event.nativeEvent.offsetX - margin.left) / (width - margin.left - margin.right)) * (axes.length - 1)))),
    place: Math.max(0, Math.min(1, 1 - (event.nativeEvent.offsetY - margin.top) / (height - margin.top - margin.bottom))),
  });
  return (
    <div className="layered" style={{ width, height }}>
      <canvas ref={under} style={{ width, height }} aria-hidden="true" />
      <canvas ref={over} style={{ width, height }} role="img" aria-label={`${rows.length} runs over ${axes.map((axis) => axis.heading).join(", ")}`}
        onMouseDown={(event) => { const { axis, place } = at(event); setDrag({ axis, from: place, to: place }); }}
        onMouseMove={(event) => { if (drag) setDrag({ ...drag, to: at(event).place }); }}
        onMouseUp={() => {
          if (drag && Math.abs(drag.to - drag.from) > 0.01) onRanges({ ...ranges, [axes[drag.axis]!.name]: [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)] });
          setDrag(null);
        }}
        onDoubleClick={(event) => onRanges(without(axes[at(event).axis]!.name))} />
      {axes.map((axis, j) => (
        <RangeAxis key={axis.name} label={axis.heading} vertical side={X(j) > width / 2 ? "left" : "right"} range={ranges[axis.name]} step={scales[j]!.step} style={{ left: X(j) - 10, top: margin.top - 4, width: 20, height: height - margin.top - margin.bottom + 8 }}
          told={ranges[axis.name] ? `${scales[j]!.told(ranges[axis.name]!)}: ${passing} of ${rows.length} runs pass` : `everything from ${scales[j]!.low} to ${scales[j]!.high}`}
          onRange={(range) => onRanges(range ? { ...ranges, [axis.name]: range } : without(axis.name))} />
      ))}
    </div>
  );
}

/** Whether a row passes all ranges. */
export function passes<T>(rows: T[], axes: Axis<T>[], ranges: Ranges): (row: T) => boolean {
  const bound = axes.filter((axis) => ranges[axis.name] !== undefined).map((axis) => ({ range: ranges[axis.name]!, place: scale(axis, rows).place }));
  return (row) => bound.every(({ range, place }) => { const at = place(row); return at !== null && at >= range[0] && at <= range[1]; });
}

export const spell = (ranges: Ranges) => Object.entries(ranges).map(([name, [low, high]]) => `${name}:${low.toFixed(3)}:${high.toFixed(3)}`).join(",");
export const parse = (text: string): Ranges => Object.fromEntries(text.split(",").map((part) => part.split(":")).flatMap(([name, low, high]) => (Number.isFinite(Number(low)) && Number.isFinite(Number(high)) ? [[name, [Number(low), Number(high)]]] : [])));
