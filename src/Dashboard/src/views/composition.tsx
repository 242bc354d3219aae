import type { ReactNode } from "react";
import type { Findings, RoleComposition, RunComposition, RunDetail, Snapshot, SweepComposition } from "../api/client";
import { useLive } from "../api/live";
import { Graph, GraphLegend, kindName } from "../components/graph";
import type { GraphEdge, Kind } from "../components/layers";
import { Figure, Ready, Select, useWidth } from "../components/parts";
import { Snapshots } from "../components/snapshot";
import { csv, interval, percent, pointName, score, shortId } from "../format";
import { roleName } from "../palette";
import { useParam, useStep } from "../state";

const kinds: Kind[] = ["k", "q", "v"];
const reads: Record<Kind, string> = { k: "keys", q: "queries", v: "values" };
const mostPanels = 12;

type Measured = GraphEdge & { deviations: number | null };

/** Which lines are drawn lives in the address: the kind of composition, how many, and how far above chance. */
function useChoice(): { kinds: Kind[]; strongest: (edges: Measured[]) => Measured[]; controls: ReactNode } {
  const [kind, setKind] = useParam("kind", "k", [...kinds, "all"]);
  const [least, setLeast] = useParam("least", "2", ["any", "2", "5", "10"]);
  const [count, setCount] = useParam("edges", "12");
  const chosen = kind === "all" ? kinds : kinds.filter((one) => one === kind);
  return {
    kinds: chosen,
    strongest: (edges) => edges.filter((edge) => chosen.includes(edge.kind) && edge.excess > 0 && (least === "any" || (edge.deviations ?? -Infinity) >= Number(least)))
      .sort((a, b) => b.excess - a.excess).slice(0, Math.max(1, Math.min(50, Math.floor(Number(count)) || 12))),
    controls: (
      <>
        <Select label="composition" value={kind} onChange={setKind} options={[["k", "K (through keys)"], ["q", "Q (through queries)"], ["v", "V (through values)"], ["all", "all three"]]} />
        <label>edges <input type="number" min={1} max={50} value={count} onChange={(event) => setCount(event.target.value)} /></label>
        <Select label="at least" value={least} onChange={setLeast} options={[["any", "any excess"], ["2", "2 sd above chance"], ["5", "5 sd above chance"], ["10", "10 sd above chance"]]} />
      </>
    ),
  };
}

const data = (from: string, to: string, edges: Measured[]) => csv([[from, to, "composition", "excess", "z"], ...edges.map((edge) => [edge.from, edge.to, kindName[edge.kind], edge.excess, edge.deviations])]);

/** Who composes with whom in one run, at the snapshot that the page is at. */
export function RunGraph({ run }: { run: RunDetail }) {
  const snapshots = useLive<Snapshot[]>(`runs/${run.id}/snapshots`, 2_000);
  const steps = snapshots.data?.map((snapshot) => snapshot.step) ?? [];
  const [at, setStep] = useStep(steps);
  const composition = useLive<RunComposition>(at === undefined ? null : `runs/${run.id}/composition?step=${at}`, 500);
  const choice = useChoice();
  const [frame, width] = useWidth<HTMLDivElement>();
  if (steps.length === 0) return null;
  return (
    <section>
      <h2>Composition of heads</h2>
      <div className="controls">
        <Snapshots steps={steps} at={at} onStep={setStep} />
        {choice.controls}
      </div>
      <div ref={frame}>
        <Ready query={composition} empty={(found) => found.pairs.length === 0 && <p className="state">Composition was not measured of this run: ask for <code>measure: [composition]</code>, or measure its sweep again.</p>}>
          {(found) => {
            const edges = choice.strongest(runEdges(found));
            return (
              <Figure name={`composition-${shortId(run.id)}-step-${found.step}`} caption={`step ${found.step}; line width: excess over random weights; colour: role of the head that writes`} data={() => data("from", "to", edges)}>
                <GraphLegend nodes={found.heads} kinds={choice.kinds} />
                <Graph width={width} label={`composition of the heads at step ${found.step}`} edges={edges}
                  hint={edges.length === 0 ? "No pair of heads composes that much here: lower the bound, or go to a later snapshot." : `${edges.length} of the strongest pairs. Hover or focus a head or a line for its numbers; open a head for its patterns.`}
                  nodes={found.heads.map((head) => ({
                    id: `${head.layer}.${head.head}`, layer: head.layer, role: head.role, name: `head ${head.layer}.${head.head}`, under: roleName(head.role), href: `/runs/${run.id}/heads/${head.layer}.${head.head}?step=${found.step}`,
                    tell: `head ${head.layer}.${head.head} ${roleName(head.role)}: prefix matching ${score(head.prefix_matching)}, previous token ${score(head.previous_token)}.`,
                  }))} />
              </Figure>
            );
          }}
        </Ready>
      </div>
    </section>
  );
}

function runEdges(found: RunComposition): Measured[] {
  return found.pairs.flatMap((pair) => kinds.flatMap((kind) => {
    const { excess, z } = pair[kind];
    const [from, to] = [`${pair.from_layer}.${pair.from_head}`, `${pair.to_layer}.${pair.to_head}`];
    return excess === null ? [] : [{ from, to, kind, excess, deviations: z, shown: score(excess), z: score(z, 1), tell: `${kindName[kind]}-composition of ${from} with ${to} (its ${reads[kind]}): excess ${score(excess)}, z ${score(z, 1)}.` }];
  }));
}

/** Who composes with whom over seeds, a graph a group, at the snapshot that the page is at: nodes are roles, because heads are exchangeable between seeds. */
export function RoleGraphs({ id, findings, name }: { id: string; findings: Findings; name: (axis: string) => string }) {
  const choice = useChoice();
  const [group, setGroup] = useParam("group", "all", ["all", ...findings.groups.keys()].map(String));
  const steps = findings.conditions.snapshot_steps;
  const [step, setStep] = useStep(steps);
  const [frame, width] = useWidth<HTMLDivElement>();
  const last = step === steps.at(-1);
  const earlier = useLive<SweepComposition>(last ? null : `sweeps/${id}/composition?step=${step}`, 3_000);
  if (findings.groups.every(({ composition }) => !composition?.pairs.length)) return null;
  return (
    <section ref={frame}>
      <h2>Who composes with whom</h2>
      <div className="controls">
        <Snapshots steps={steps} at={step} onStep={setStep} />
        {choice.controls}
        {findings.groups.length > 1 && <Select label="group" value={group} onChange={setGroup} options={[["all", "all"], ...findings.groups.map(({ by }, i) => [String(i), pointName(by, name)] as [string, string])]} />}
      </div>
      {last ? panels(findings.groups) : (
        <Ready query={earlier} empty={(found) => found.groups.every(({ composition }) => !composition?.pairs.length) && <p className="state">Composition was not measured at step {step}.</p>}>
          {(found) => {
            const at = new Map(found.groups.map(({ by, composition }) => [JSON.stringify(by), composition]));
            return panels(findings.groups.map(({ by }) => ({ by, composition: at.get(JSON.stringify(by)) ?? null })));
          }}
        </Ready>
      )}
    </section>
  );

  function panels(composed: SweepComposition["groups"]) {
    const measured = composed.map((each, i) => ({ ...each, i })).filter((each) => each.composition !== null && each.composition.pairs.length > 0);
    const shown = measured.filter((each) => group === "all" || group === String(each.i)).slice(0, mostPanels);
    const each = shown.length > 1 && width > 1_000 ? (width - 24) / 2 : width;
    return (
      <>
        <GraphLegend nodes={shown.flatMap(({ composition }) => composition!.roles)} kinds={choice.kinds} />
        <p className="faint">At {last ? "the last step" : `step ${step}`}, by the roles that heads have then, within a layer: of each run the mean over its pairs of heads, then over runs.{measured.length > shown.length && group === "all" ? ` The first ${mostPanels} of ${measured.length} groups.` : ""}</p>
        <div className="panels">
          {shown.map(({ composition, by, i }) => {
            const edges = choice.strongest(roleEdges(composition!));
            return (
              <Figure key={i} name={`composition-group-${i}${last ? "" : `-step-${step}`}`} title={`${pointName(by, name)} (n = ${composition!.runs})`} caption="line width: excess over random weights; colour: role that writes" data={() => data("from", "to", edges)}>
                <Graph width={each} label={`composition of roles, ${pointName(by, name)}`} edges={edges}
                  hint={edges.length === 0 ? "No two roles compose that much here: lower the bound." : "Hover or focus a role or a line for its numbers."}
                  nodes={composition!.roles.map((role) => ({
                    id: place(role.layer, role.role), layer: role.layer, role: role.role, name: roleName(role.role), under: `${role.runs} of ${composition!.runs} runs, ${score(role.heads.mean, 1)} each`,
                    tell: `Layer ${role.layer}, ${roleName(role.role)}: in ${role.runs} of ${composition!.runs} runs, with ${interval(role.heads, 1)} such heads each.`,
                  }))} />
              </Figure>
            );
          })}
        </div>
      </>
    );
  }
}

const place = (layer: number, role: string) => `${layer} ${roleName(role)}`;

function roleEdges(found: RoleComposition): Measured[] {
  return found.pairs.flatMap((pair) => kinds.flatMap((kind) => {
    const { excess, z, above } = pair[kind];
    return excess.mean === null ? [] : [{
      from: place(pair.from_layer, pair.from_role), to: place(pair.to_layer, pair.to_role), kind, excess: excess.mean, deviations: z.mean, shown: interval(excess), z: score(z.mean, 1), n: excess.n,
      tell: `${kindName[kind]}-composition of ${roleName(pair.from_role)} (layer ${pair.from_layer}) with ${roleName(pair.to_role)} (layer ${pair.to_layer}): excess ${interval(excess)}, z ${interval(z, 1)}, `
        + `n = ${excess.n}; 2 sd above chance in ${percent(above.value)} of these runs.`,
    }];
  }));
}
