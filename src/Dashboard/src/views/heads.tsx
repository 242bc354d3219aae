import { useMemo } from "react";
import { useLocation } from "wouter";
import type { Findings, HeadMark } from "../api/client";
import { useLive } from "../api/live";
import { type Mark, Marks } from "../components/marks";
import { Filtered } from "../components/filter";
import { Figure, Ready, Select, useWidth } from "../components/parts";
import { axisNames, pointName, score } from "../format";
import { roleColour, roleName, roles } from "../palette";
import { useParam } from "../state";
import { SweepFrame } from "./frame";

const axes: [keyof HeadMark | "rank", string][] = [["prefix_matching", "prefix matching"], ["previous_token", "previous token"], ["ov_copying", "OV copying"], ["qk_eigen_previous", "QK eigen-score through the previous-token head"], ["rank", "rank by prefix matching in the layer"]];
const keys = axes.map(([key]) => key);

/** Every head of every run: any metric against any other, by role, rows by layer; brushing chooses runs. */
export function Heads({ id }: { id: string }) {
  const findings = useLive<Findings>(`sweeps/${id}/findings`, 3_000);
  return <SweepFrame id={id} here="heads"><Ready query={findings}>{(found) => <Filtered findings={found}>{(kept) => <Map findings={kept} />}</Filtered>}</Ready></SweepFrame>;
}

function Map({ findings }: { findings: Findings }) {
  const [x, setX] = useParam("x", "previous_token", keys);
  const [y, setY] = useParam("y", "prefix_matching", keys);
  const [brushed, setBrushed] = useParam("runs", "");
  const [, go] = useLocation();
  const [frame, width] = useWidth<HTMLDivElement>();
  const chosen = useMemo(() => (brushed === "" ? null : new Set(brushed.split(","))), [brushed]);
  const name = useMemo(() => axisNames(findings.groups.map((group) => group.by)), [findings]);
  const heads = useMemo(
    () => findings.groups.flatMap((group) => group.runs.flatMap((run) => run.heads.map((head) => ({ head, run: run.run, text: `${pointName(group.by, name)}, seed ${run.seed}, head ${head.layer}.${head.head}: ${roleName(head.role)}` })))),
    [findings, name],
  );
  const layers = [...new Set(heads.map(({ head }) => head.layer))].sort();
  const value = (head: HeadMark, axis: string) => head[axis as keyof HeadMark] as number | null;
  const range = (axis: string): [number, number] => {
    if (axis === "ov_copying" || axis === "qk_eigen_previous") return [-1, 1];
    if (axis !== "rank") return [0, 1];
    return [0.5, Math.max(1, ...heads.map(({ head }) => head.rank ?? 1)) + 0.5];
  };
  if (heads.length === 0) return <p className="state">No head was measured in this sweep: its models have none, or nothing has completed yet.</p>;
  const shares = roles.map((role) => [role, heads.filter(({ head }) => head.role === role).length] as const).filter(([, count]) => count > 0);
  return (
    <>
      <div className="controls">
        <ul className="legend">{shares.map(([role, count]) => <li key={role}><span className="swatch" style={{ background: roleColour[role] }} /> {roleName(role)} ({count})</li>)}</ul>
        <Select label="x" value={x} onChange={setX} options={axes as [string, string][]} />
        <Select label="y" value={y} onChange={setY} options={axes as [string, string][]} />
        {chosen && <button type="button" onClick={() => setBrushed("")}>clear: {chosen.size} runs chosen</button>}
        {chosen && <a className="button" href={`/sweeps/${findings.result.sweep.id}/runs?runs=${brushed}`}>their rows</a>}
      </div>
      <p className="faint">A mark is a head at the last step; drag to choose runs, double click to clear, click to open a head. Heads are exchangeable between seeds: their numbers mean nothing.</p>
      <div ref={frame} className="panels">
        {layers.map((layer) => {
          const marks: Mark[] = heads.filter(({ head }) => head.layer === layer && value(head, x) !== null && value(head, y) !== null)
            .map(({ head, run, text }) => ({ x: value(head, x)!, y: value(head, y)!, colour: roleColour[head.role ?? "none"]!, name: `${text}, ${score(value(head, y))}`, run: `${run} ${head.layer}.${head.head}` }));
          const lit = chosen && new Set(marks.filter((mark) => chosen.has(mark.run.split(" ")[0]!)).map((mark) => mark.run));
          return (
            <Figure key={layer} vector={false} name={`heads-layer-${layer}`} title={`layer ${layer}: ${axes.find(([key]) => key === y)?.[1]}`} data={() => ["run,head,x,y", ...marks.map((mark) => [...mark.run.split(" "), mark.x, mark.y].join(","))].join("\n")}>
              {marks.length === 0 ? <p className="faint">This metric is not defined in layer {layer}.</p> : (
                <Marks marks={marks} x={range(x)} y={range(y)} width={Math.max(280, layers.length > 1 && width > 1_000 ? (width - 24) / 2 : width)} height={Math.max(200, Math.min(380, 1_600 / layers.length))} below={axes.find(([key]) => key === x)?.[1] ?? x} left={axes.find(([key]) => key === y)?.[1] ?? y}
                  chosen={lit} onBrush={(runs) => setBrushed(runs ? [...new Set([...runs].map((run) => run.split(" ")[0]!))].slice(0, 200).join(",") : "")}
                  onOpen={(mark) => go(`/runs/${mark.run.split(" ")[0]}/heads/${mark.run.split(" ")[1]}`)} />
              )}
            </Figure>
          );
        })}
      </div>
    </>
  );
}
