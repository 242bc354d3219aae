import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import type { Findings, TableAnswer, TableSchemas } from "../api/client";
import { useLive } from "../api/live";
import { type Mark, Marks } from "../components/marks";
import { Filtered } from "../components/filter";
import { Figure, Ready, Select, useWidth } from "../components/parts";
import { Snapshots } from "../components/snapshot";
import { csv, axisNames, pointName, score } from "../format";
import { roleColour, roleName, roles } from "../palette";
import { useParam, useStep } from "../state";
import { SweepFrame } from "./frame";
import { type HeadRow, headsIn, headsOf, marked } from "./headrows";

const most = 10_000;
const mostRuns = 200; // that an address holds
const names: Record<string, string> = { prefix_matching: "prefix matching", previous_token: "previous token", ov_copying: "OV copying", qk_eigen_previous: "QK eigen-score through the previous-token head", rank: "rank by prefix matching in the layer" };
const bounds: Record<string, [number, number]> = { prefix_matching: [0, 1], previous_token: [0, 1], duplicate_token: [0, 1], bos_attention: [0, 1], ov_copying: [-1, 1], qk_eigen_previous: [-1, 1] };

/** Every head of every run at a snapshot: any metric against any other, by role, rows by layer; brushing chooses runs. */
export function Heads({ id }: { id: string }) {
  const findings = useLive<Findings>(`sweeps/${id}/findings`, 3_000);
  const schemas = useLive<TableSchemas>("tables");
  return (
    <SweepFrame id={id} here="heads">
      <Ready query={findings}>{(found) => <Ready query={schemas}>{({ tables }) => <Filtered findings={found}>{(kept) => <Snapshot id={id} findings={kept} metrics={metricsOf(tables)} />}</Filtered>}</Ready>}</Ready>
    </SweepFrame>
  );
}

/** What can be an axis, with its unit: the usual ones first, then every other metric of a head. */
const metricsOf = (tables: TableSchemas["tables"]): [string, string][] => [
  ...marked.map((key): [string, string] => [key, names[key]!]),
  ...(tables.find((table) => table.name === "heads")?.columns ?? []).filter((column) => column.kind === "real" && !column.name.endsWith("_error") && !marked.includes(column.name))
    .map((column): [string, string] => [column.name, `${column.name.replaceAll("_", " ")}${column.unit ? ` (${column.unit})` : ""}`]),
];

function Snapshot({ id, findings, metrics }: { id: string; findings: Findings; metrics: [string, string][] }) {
  const keys = useMemo(() => metrics.map(([key]) => key), [metrics]);
  const [x, setX] = useParam("x", "previous_token", keys);
  const [y, setY] = useParam("y", "prefix_matching", keys);
  const steps = findings.conditions.snapshot_steps;
  const [step, setStep] = useStep(steps);
  const last = step === steps.at(-1);
  const known = last && marked.includes(x) && marked.includes(y);
  const asked = useLive<TableAnswer>(known ? null : `sweeps/${id}/heads?at=${last ? "final" : step}&limit=${most}`, 3_000);
  const runs = useMemo(() => new Set(findings.groups.flatMap((group) => group.runs.map(({ run }) => run))), [findings]);
  const heads = useMemo(() => (known ? headsOf(findings) : asked.data ? headsIn(asked.data, runs) : undefined), [known, findings, asked.data, runs]);
  if (findings.groups.every((group) => group.runs.every((run) => run.heads.length === 0))) return <p className="state">No head was measured in this sweep: its models have none, or nothing has completed yet.</p>;
  return (
    <>
      <div className="controls">
        {steps.length > 1 && <Snapshots steps={steps} at={step} onStep={setStep} />}
        <Select label="x" value={x} onChange={setX} options={metrics} />
        <Select label="y" value={y} onChange={setY} options={metrics} />
      </div>
      <Ready query={{ ...asked, data: heads }} empty={(found) => found.length === 0 && <p className="state">No head was measured at step {step} in these runs.</p>}>
        {(found) => <HeadMap findings={findings} heads={found} x={x} y={y} title={(metric) => metrics.find(([key]) => key === metric)![1]} step={step} truncated={!known && asked.data?.truncated === true} />}
      </Ready>
    </>
  );
}

type MapProps = { findings: Findings; heads: HeadRow[]; x: string; y: string; title: (metric: string) => string; step: number | undefined; truncated: boolean };

function HeadMap({ findings, heads, x, y, title, step, truncated }: MapProps) {
  const [brushed, setBrushed] = useParam("runs", "");
  const [brush, setBrush] = useState<{ layer: number; runs: number } | null>(null); // where runs were chosen last, and how many were inside
  const [, go] = useLocation();
  const [frame, width] = useWidth<HTMLDivElement>();
  const chosen = useMemo(() => (brushed === "" ? null : new Set(brushed.split(","))), [brushed]);
  const last = step === findings.conditions.snapshot_steps.at(-1);
  const texts = useMemo(() => {
    const name = axisNames(findings.groups.map((group) => group.by));
    return new Map(findings.groups.flatMap((group) => group.runs.map((run) => [run.run, `${pointName(group.by, name)}, seed ${run.seed}`] as const)));
  }, [findings]);
  const ranges = useMemo(() => [x, y].map((axis): [number, number] => {
    if (bounds[axis]) return bounds[axis];
    const values = heads.map((head) => head.value(axis)).filter((value) => value !== null);
    if (axis === "rank") return [0.5, values.reduce((a, b) => Math.max(a, b), 1) + 0.5];
    return values.length === 0 ? [0, 1] : [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  }), [heads, x, y]);
  const layers = useMemo(() => [...new Set(heads.map((head) => head.layer))].sort((a, b) => a - b).map((layer) => ({
    layer,
    marks: heads.flatMap((head): Mark[] => {
      const [across, up] = [head.value(x), head.value(y)];
      return head.layer !== layer || across === null || up === null ? [] : [{
        x: across, y: up, colour: roleColour[head.role ?? "none"]!, run: `${head.run} ${head.layer}.${head.head}`, name: `${texts.get(head.run)}, head ${head.layer}.${head.head}: ${roleName(head.role)}, ${score(up)}`,
      }];
    }),
  })), [heads, x, y, texts]);
  const shares = roles.map((role) => [role, heads.filter((head) => (head.role ?? "none") === role).length] as const).filter(([, count]) => count > 0);
  return (
    <>
      <div className="controls">
        <ul className="legend">{shares.map(([role, count]) => <li key={role}><span className="swatch" style={{ background: roleColour[role] }} /> {roleName(role)} ({count})</li>)}</ul>
        {chosen && <button type="button" onClick={() => setBrushed("")}>clear: {chosen.size} runs chosen</button>}
        {chosen && chosen.size >= mostRuns && <span className="faint">{brush && brush.runs > mostRuns ? `of ${brush.runs} inside: ` : ""}{mostRuns} runs are shown at most</span>}
        {chosen && <a className="button" href={`/sweeps/${findings.result.sweep.id}/runs?runs=${brushed}`}>their rows</a>}
      </div>
      <p className="faint">
        A mark is a head at {last ? "the last step" : `step ${step}`}{truncated ? ` (of the first ${most} heads)` : ""}; drag to choose runs, double click to clear, click to open a head. Heads are exchangeable between seeds: their numbers mean nothing.
      </p>
      <div ref={frame} className="panels">
        {layers.map(({ layer, marks }) => {
          const lit = chosen && new Set(marks.filter((mark) => chosen.has(mark.run.split(" ")[0]!)).map((mark) => mark.run));
          return (
            <Figure key={layer} vector={false} name={`heads-layer-${layer}${last ? "" : `-step-${step}`}`} title={`layer ${layer}: ${title(y)}`} data={() => csv([["run", "head", "x", "y"], ...marks.map((mark) => [...mark.run.split(" "), mark.x, mark.y])])}>
              {marks.length === 0 ? <p className="faint">This metric is not defined in layer {layer}, or was not measured.</p> : (
                <Marks marks={marks} x={ranges[0]!} y={ranges[1]!} width={Math.max(280, layers.length > 1 && width > 1_000 ? (width - 24) / 2 : width)} height={Math.max(200, Math.min(380, 1_600 / layers.length))} below={title(x)} left={title(y)}
                  at={step} most={mostRuns} brushes={brush?.layer === layer} chosen={lit} onBrush={(heads) => {
                    const inside = [...new Set([...(heads ?? [])].map((head) => head.split(" ")[0]!))];
                    setBrush(heads && { layer, runs: inside.length });
                    setBrushed(inside.slice(0, mostRuns).join(","));
                  }}
                  onOpen={(mark) => go(`/runs/${mark.run.split(" ")[0]}/heads/${mark.run.split(" ")[1]}${last ? "" : `?step=${step}`}`)} />
              )}
            </Figure>
          );
        })}
      </div>
    </>
  );
}
