import { type ReactNode, useMemo } from "react";
import type { Findings } from "../api/client";
import { axisNames, plain } from "../format";
import { useParam } from "../state";
import { Select } from "./parts";

const few = 8;

/** Of many groups those with the values that were chosen, which stand in the address; what is inside knows no others. */
export function Filtered({ findings, children }: { findings: Findings; children: (kept: Findings, groups: number[]) => ReactNode }) {
  const [only, setOnly] = useParam("only", "");
  const points = useMemo(() => findings.groups.map((group) => group.by), [findings]);
  const name = useMemo(() => axisNames(points), [points]);
  const asked = useMemo(() => new Map(only.split(";").filter((part) => part.includes("=")).map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)])), [only]);
  const axes = useMemo(() => [...new Set(points.flatMap((point) => Object.keys(point)))].map((axis) => [axis, [...new Set(points.map((point) => String(point[axis])))]] as const).filter(([, values]) => values.length > 1), [points]);
  const chosen = useMemo(() => new Map([...asked].filter(([axis, value]) => axes.some(([known, values]) => known === axis && values.includes(value)))), [asked, axes]);
  const groups = useMemo(() => points.flatMap((point, i) => ([...chosen].every(([axis, value]) => String(point[axis]) === value) ? [i] : [])), [points, chosen]);
  const kept = useMemo<Findings>(() => (groups.length === points.length ? findings : {
    ...findings, result: { ...findings.result, groups: groups.map((i) => findings.result.groups[i]!) }, groups: groups.map((i) => findings.groups[i]!), comparisons: [],
  }), [findings, groups, points]);
  const choose = (axis: string, value: string) => setOnly([...new Map([...chosen, [axis, value] as const])].filter(([, set]) => set !== "").map((part) => part.join("=")).join(";"));
  return (
    <>
      {(points.length > few || chosen.size > 0) && (
        <div className="controls" role="group" aria-label="groups">
          <span className="faint">{groups.length} of {points.length} groups</span>
          {axes.map(([axis, values]) => <Select key={axis} label={name(axis)} value={chosen.get(axis) ?? ""} onChange={(value) => choose(axis, value)} options={[["", "all"], ...values.map((value) => [value, Number.isNaN(Number(value)) ? value : plain(Number(value))] as [string, string])]} />)}
        </div>
      )}
      {groups.length === 0 ? <p className="state">No group has these values.</p> : children(kept, groups)}
    </>
  );
}
