import { useEffect, useMemo, useRef, useState } from "react";
import { clear } from "./canvas";
import { inside, ticks } from "./lines";
import { type Range, RangeAxis } from "./range";

export type Mark = { x: number; y: number; colour: string; name: string; run: string };

const margin = { left: 46, right: 12, top: 8, bottom: 36 };

/**
 * Very many marks on a canvas: positions are computed once into typed arrays. Dragging brushes, and so do arrow keys on either axis: the runs inside are handed over; a double click or Escape clears.
 */
export function Marks({ marks, x, y, width, height, below, left, at: snapshot, most, brushes, chosen, onBrush, onOpen }: {
  marks: Mark[]; x: [number, number]; y: [number, number]; width: number; height: number; below: string; left: string;
  /** The snapshot that the marks are of; how many runs a choice holds; whether the choice that stands was made here. */
  at: number | undefined; most: number; brushes: boolean;
  chosen: ReadonlySet<string> | null; onBrush: (runs: Set<string> | null) => void; onOpen: (mark: Mark) => void;
}) {
  const [under, over] = [useRef<HTMLCanvasElement>(null), useRef<HTMLCanvasElement>(null)];
  const drag = useRef<[number, number] | null>(null);
  const [box, setBox] = useState<[number, number, number, number] | null>(null);
  const [hover, setHover] = useState<number | null>(null);
  const [ranges, setRanges] = useState<{ x?: Range; y?: Range; heads: number; runs: number } | null>(null); // what keys chose, in places from 0 to 1
  const places = useMemo(() => {
    const [w, h] = [width - margin.left - margin.right, height - margin.top - margin.bottom];
    const at = new Float32Array(2 * marks.length);
    marks.forEach((mark, i) => {
      at[2 * i] = margin.left + (x[1] > x[0] ? (mark.x - x[0]) / (x[1] - x[0]) : 0.5) * w;
      at[2 * i + 1] = margin.top + (1 - (y[1] > y[0] ? (mark.y - y[0]) / (y[1] - y[0]) : 0.5)) * h;
    });
    return at;
  }, [marks, x, y, width, height]);

  useEffect(() => {
    const context = clear(under.current, width, height);
    if (!context) return;
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--ink");
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = ink;
    context.strokeStyle = style.getPropertyValue("--line");
    for (const value of ticks(y, 6)) {
      const at = margin.top + (1 - (value - y[0]) / (y[1] - y[0] || 1)) * (height - margin.top - margin.bottom);
      context.textAlign = "right";
      context.fillText(String(value), margin.left - 6, at + 4);
      context.beginPath();
      context.moveTo(margin.left, at);
      context.lineTo(width - margin.right, at);
      context.stroke();
    }
    for (const value of ticks(x, 8)) {
      context.textAlign = "center";
      context.fillText(String(value), inside(margin.left + ((value - x[0]) / (x[1] - x[0] || 1)) * (width - margin.left - margin.right), String(value), width), height - margin.bottom + 16);
    }
    context.fillText(below, margin.left + (width - margin.left - margin.right) / 2, height - 4);
    const size = marks.length > 20_000 ? 1 : marks.length > 2_000 ? 2 : marks.length > 300 ? 4 : 8;
    context.globalAlpha = marks.length > 5_000 ? 0.35 : 0.75;
    let colour = "";
    for (let i = 0; i < marks.length; i++) {
      const mark = marks[i]!;
      const lit = chosen === null || chosen.has(mark.run);
      const wanted = lit ? mark.colour : "rgba(128,128,128,0.25)";
      if (wanted !== colour) context.fillStyle = colour = wanted;
      if (size < 8) context.fillRect(places[2 * i]! - size / 2, places[2 * i + 1]! - size / 2, size, size);
      else {
        context.beginPath();
        context.arc(places[2 * i]!, places[2 * i + 1]!, size / 2, 0, 2 * Math.PI);
        context.fill();
      }
    }
  }, [marks, places, x, y, width, height, below, chosen]);

  const plot = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  const brush = useMemo(() => ranges && {
    left: margin.left + (ranges.x?.[0] ?? 0) * plot.width, right: margin.left + (ranges.x?.[1] ?? 1) * plot.width,
    top: margin.top + (1 - (ranges.y?.[1] ?? 1)) * plot.height, bottom: margin.top + (1 - (ranges.y?.[0] ?? 0)) * plot.height,
  }, [ranges, plot.width, plot.height]);
  const emptied = ranges !== null && ((ranges.heads > 0 && chosen === null) || !brushes); // cleared from outside, or chosen in another panel
  useEffect(() => { if (emptied) setRanges(null); }, [emptied]);

  // What pointer and keys do, which moves no mark.
  useEffect(() => {
    const context = clear(over.current, width, height);
    if (!context) return;
    const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink");
    context.font = "12px system-ui, sans-serif";
    if (box) {
      context.strokeStyle = ink;
      context.strokeRect(Math.min(box[0], box[2]), Math.min(box[1], box[3]), Math.abs(box[2] - box[0]), Math.abs(box[3] - box[1]));
    }
    if (brush) {
      context.fillStyle = context.strokeStyle = ink;
      context.globalAlpha = 0.08;
      context.fillRect(brush.left, brush.top, brush.right - brush.left, brush.bottom - brush.top);
      context.globalAlpha = 1;
      context.strokeRect(brush.left, brush.top, brush.right - brush.left, brush.bottom - brush.top);
    }
    if (hover !== null && marks[hover]) {
      context.fillStyle = ink;
      context.textAlign = places[2 * hover]! > width / 2 ? "right" : "left";
      context.fillText(marks[hover]!.name, places[2 * hover]! + (places[2 * hover]! > width / 2 ? -8 : 8), Math.max(14, places[2 * hover + 1]! - 6));
    }
  }, [marks, places, width, height, box, brush, hover]);

  const nearest = (px: number, py: number): number | null => {
    let [best, distance] = [-1, 64];
    for (let i = 0; i < marks.length; i++) {
      const d = (places[2 * i]! - px) ** 2 + (places[2 * i + 1]! - py) ** 2;
      if (d < distance) [best, distance] = [i, d];
    }
    return best < 0 ? null : best;
  };
  const at = (event: React.MouseEvent): [number, number] => [event.nativeEvent.offsetX, event.nativeEvent.offsetY];
  const within = (left: number, right: number, top: number, bottom: number) => marks.filter((_, i) => places[2 * i]! >= left && places[2 * i]! <= right && places[2 * i + 1]! >= top && places[2 * i + 1]! <= bottom);
  const runsOf = (found: Mark[]) => new Set(found.map((mark) => mark.run));
  const clearAll = () => { setRanges(null); onBrush(null); };
  const choose = (axis: "x" | "y", range: Range | null) => {
    const next = { x: axis === "x" ? range : ranges?.x, y: axis === "y" ? range : ranges?.y };
    if (!next.x && !next.y) {
      clearAll();
      return;
    }
    const [across, up]: [Range, Range] = [next.x ?? [0, 1], next.y ?? [0, 1]];
    const found = within(margin.left + across[0] * plot.width - 0.5, margin.left + across[1] * plot.width + 0.5, margin.top + (1 - up[1]) * plot.height - 0.5, margin.top + (1 - up[0]) * plot.height + 0.5);
    setRanges({ ...(next.x ? { x: next.x } : {}), ...(next.y ? { y: next.y } : {}), heads: found.length, runs: new Set(found.map((mark) => mark.run.split(" ")[0])).size });
    onBrush(runsOf(found));
  };
  // A range is of one metric at one snapshot: with another it is no more; what is left of a box chooses again.
  const before = useRef({ below, left, snapshot });
  useEffect(() => {
    const was = before.current;
    before.current = { below, left, snapshot };
    if (!ranges || (was.below === below && was.left === left && was.snapshot === snapshot)) return;
    const [keepX, keepY] = [was.snapshot === snapshot && was.below === below && ranges.x, was.snapshot === snapshot && was.left === left && ranges.y];
    if (keepX) choose("y", null);
    else if (keepY) choose("x", null);
    else setRanges(null); // the runs stay chosen, to be seen by the other metric
  }, [below, left, snapshot]);
  const told = (axis: [number, number], range: Range | undefined) => {
    const value = (place: number) => Number((axis[0] + place * (axis[1] - axis[0])).toPrecision(3));
    return range && ranges ? `from ${value(range[0])} to ${value(range[1])}: ${ranges.heads} heads of ${ranges.runs} runs inside${ranges.runs > most ? `, of which ${most} are chosen` : ""}` : `everything from ${value(0)} to ${value(1)}`;
  };
  return (
    <div className="layered" style={{ width, height }}>
      <canvas ref={under} style={{ width, height }} aria-hidden="true" />
      <canvas ref={over} style={{ width, height }} role="img" aria-label={`${marks.length} heads: ${left} against ${below}`}
        onMouseDown={(event) => { drag.current = at(event); }}
        onMouseMove={(event) => { const [px, py] = at(event); if (drag.current) setBox([...drag.current, px, py]); else setHover(nearest(px, py)); }}
        onMouseUp={(event) => {
          const start = drag.current;
          const [px, py] = at(event);
          drag.current = null;
          setBox(null);
          if (!start) return;
          if (Math.abs(px - start[0]) < 4 && Math.abs(py - start[1]) < 4) {
            const found = nearest(px, py);
            if (found !== null) onOpen(marks[found]!);
            return;
          }
          setRanges(null);
          onBrush(runsOf(within(Math.min(px, start[0]), Math.max(px, start[0]), Math.min(py, start[1]), Math.max(py, start[1]))));
        }}
        onDoubleClick={clearAll} onMouseLeave={() => setHover(null)} />
      <RangeAxis label={below} vertical={false} side="above" range={ranges?.x} told={told(x, ranges?.x)} style={{ left: margin.left, top: height - margin.bottom, width: plot.width, height: 20 }} onRange={(range) => choose("x", range)} />
      <RangeAxis label={left} vertical side="right" range={ranges?.y} told={told(y, ranges?.y)} style={{ left: 4, top: margin.top, width: margin.left - 6, height: plot.height }} onRange={(range) => choose("y", range)} />
    </div>
  );
}
