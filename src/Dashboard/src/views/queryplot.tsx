import { useMemo } from "react";
import type { TableAnswer } from "../api/client";
import { Chart, type Kind, meansOf, type Point, seriesOf } from "../components/chart";
import { csv, instant, plain, timeLabels } from "../format";
import { Figure, Select, useWidth } from "../components/parts";
import { useParam } from "../state";

const most = 5_000;
const kinds = ["none", "scatter", "line", "bar"];

const number = (value: unknown): number | null => {
  const read = typeof value === "number" ? value : typeof value === "string" && value.trim() !== "" ? Number(value) : NaN; // numbers of more than 53 bits come as text
  return Number.isFinite(read) ? read : null;
};

/** An answer as a plot of columns that the user chooses; what is chosen stands in the address. */
export function QueryPlot({ answer }: { answer: TableAnswer }) {
  const columns = answer.columns.map((column) => column.name);
  const numeric = useMemo(() => answer.columns.flatMap((column, i) => (/int|double|float|real|decimal/.test(column.type) && answer.rows.some((row) => number(row[i]) !== null) ? [column.name] : [])), [answer]);
  const [kind, setKind] = useParam("plot", "none", kinds);
  const [x, setX] = useParam("x", columns.find((name) => name !== numeric.at(-1)) ?? columns[0] ?? "", columns);
  const [y, setY] = useParam("y", numeric.at(-1) ?? "", numeric);
  const [colour, setColour] = useParam("colour", "", columns);
  const [frame, width] = useWidth<HTMLDivElement>();
  const step = Math.max(1, Math.ceil(answer.rows.length / most));
  const timed = /^(timestamp|date)/.test(answer.columns.find((column) => column.name === x)?.type ?? "");
  const points = useMemo(() => {
    const [across, up, by] = [columns.indexOf(x), columns.indexOf(y), columns.indexOf(colour)];
    const measured = numeric.includes(x);
    const at = (value: unknown) => (measured ? number(value) : value === null ? null : timed ? instant(String(value)) : String(value));
    return answer.rows.flatMap((row, i): Point[] => {
      const [place, value] = [at(row[across]), number(row[up])];
      return i % step !== 0 || place === null || Number.isNaN(place) || value === null ? [] : [{ x: place, y: value, colour: by < 0 ? null : numeric.includes(colour) ? number(row[by]) : row[by] === null ? null : String(row[by]) }];
    });
  }, [answer, x, y, colour]);
  if (numeric.length === 0) return null;
  const order = (a: number | string, b: number | string) => (typeof a === "number" && typeof b === "number" ? a - b : 0);
  const words = kind !== "bar" && (timed || numeric.includes(x)) ? null : [...new Set(points.map((point) => point.x))].sort(order).map(String);
  const series = seriesOf(points).map((each) => ({ ...each, points: kind === "scatter" ? each.points : meansOf(each.points).sort((a, b) => (words ? words.indexOf(String(a.x)) - words.indexOf(String(b.x)) : order(a.x, b.x))) }));
  const merged = kind !== "scatter" && series.reduce((sum, each) => sum + each.points.length, 0) < points.length;
  const told = useMemo(() => { // bars stand at times like words: those that the bars have
    const at = timed ? [...new Set(points.map((point) => Number(point.x)))] : [];
    const labels = timeLabels(at);
    return new Map(at.map((time, i) => [time, labels[i]!]));
  }, [points, timed]);
  const spell = (value: number | string) => (timed ? told.get(Number(value)) ?? String(value) : plain(value));
  const whole = (value: number | string) => (timed ? new Date(Number(value)).toISOString() : value);
  const left = Math.ceil(answer.rows.length / step) - points.length;
  const caption = [`${points.length} rows`, step > 1 && `every ${step}th is drawn`, left > 0 && `${left} without a value are left out`, merged && "means of rows with the same x"].filter(Boolean).join("; ");
  return (
    <section ref={frame} aria-label="plot of the answer">
      <div className="controls">
        <Select label="plot" value={kind} onChange={setKind} options={[["none", "none"], ["scatter", "points"], ["line", "lines"], ["bar", "bars"]]} />
        {kind !== "none" && (
          <>
            <Select label="x" value={x} onChange={setX} options={columns.map((name) => [name, name])} />
            <Select label="y" value={y} onChange={setY} options={numeric.map((name) => [name, name])} />
            <Select label="colour" value={colour} onChange={setColour} options={[["", "none"], ...columns.map((name) => [name, name] as [string, string])]} />
          </>
        )}
      </div>
      {kind !== "none" && (points.length === 0 ? <p className="state">No row has a value of both {x} and {y}.</p> : (
        <Figure name={`query-${y}-over-${x}`} title={`${y} over ${x}`} caption={caption} data={() => csv([[x, y, ...(colour ? [colour] : [])], ...series.flatMap((each) => each.points.map((point) => [whole(point.x), point.y, ...(colour ? [point.colour] : [])]))])}>
          <Chart series={series} kind={kind as Kind} x={x} y={y} words={words} times={timed} spell={spell} width={Math.max(260, width)} height={320} by={colour} />
        </Figure>
      ))}
    </section>
  );
}
