import { Link } from "wouter";
import type { Findings } from "../api/client";
import { useLive } from "../api/live";
import { Filtered } from "../components/filter";
import { Lines } from "../components/lines";
import { Figure, Legend, MeanCell, rangeOf, Ready, ShareCell, useWidth } from "../components/parts";
import { axisNames, csv, pointName, score } from "../format";
import { facets } from "../palette";
import { useParam } from "../state";
import { RoleGraphs } from "./composition";
import { SweepFrame } from "./frame";

/** Who composes with whom, what formed first, and the share with an induction head at every threshold. */
export function Circuits({ id }: { id: string }) {
  const findings = useLive<Findings>(`sweeps/${id}/findings`, 3_000);
  return <SweepFrame id={id} here="circuits"><Ready query={findings}>{(found) => <Filtered findings={found}>{(kept) => <Content id={id} findings={kept} />}</Filtered>}</Ready></SweepFrame>;
}

function Content({ id, findings }: { id: string; findings: Findings }) {
  const name = axisNames(findings.groups.map((group) => group.by));
  const points = findings.groups.map((group) => group.by);
  const [colour] = useParam("colour", "", points.flatMap((point) => Object.keys(point)));
  const together = facets(points, { colour: colour || null, rows: "none" });
  const look = together.axes.length <= 2 && findings.groups.length <= 8 ? together : facets(points, { colour: colour || null }); // two axes are colours and kinds of lines, more are panels too
  const [frame, width] = useWidth<HTMLDivElement>();
  const groups = findings.groups.map((group, i) => ({ ...group, i })).filter((group) => group.circuits !== null);
  const z = rangeOf(groups.map((group) => group.circuits!.k_z));
  const runs = findings.groups.flatMap((group) => group.runs.filter((run) => run.circuit?.is_induction).map((run) => ({ group, run })));
  return (
    <>
      {groups.length === 0 ? <p className="state">No run of this sweep has an induction head with a layer before it, at threshold {findings.conditions.threshold}.</p> : (
        <div className="scroll" tabIndex={0} role="region" aria-label="table">
          <table>
            <thead><tr><th className="text">group</th><th>runs</th><th className="text">previous-token head is the strongest K writer</th><th className="text">K-composition (z)</th><th className="text">QK eigen-score</th><th className="text">OV copying</th><th>previous first</th><th>together</th><th>induction first</th><th className="text">lead (steps)</th></tr></thead>
            <tbody>
              {groups.map(({ circuits, by, i }) => (
                <tr key={i}>
                  <td className="text">{pointName(by, name)}</td><td>{circuits!.runs}</td>
                  <td className="text"><ShareCell share={circuits!.previous_is_strongest_k} /></td>
                  <td className="text"><MeanCell mean={circuits!.k_z} range={[Math.min(0, z[0]), Math.max(2, z[1])]} digits={1} /></td>
                  <td className="text"><MeanCell mean={circuits!.qk_eigen_score} range={[-1, 1]} digits={2} /></td>
                  <td className="text"><MeanCell mean={circuits!.ov_copying} range={[-1, 1]} digits={2} /></td>
                  <td>{circuits!.previous_first}</td><td>{circuits!.together}</td><td>{circuits!.induction_first}</td>
                  <td className="text"><MeanCell mean={circuits!.lead} range={rangeOf([circuits!.lead])} digits={0} /></td>
                </tr>
              ))}
            </tbody>
          </table>
          <p className="faint">z: standard deviations above random weights; chance gives 0 ± 1.96. A head forms between two snapshots: an order within one interval is not known.</p>
        </div>
      )}
      <RoleGraphs id={id} findings={findings} name={name} />
      <div ref={frame}>
        {findings.groups.some((group) => group.thresholds.length > 0) && (
          <Figure name="threshold" title="share of runs with an induction head, by threshold" data={() => csv([["group", "threshold", "share", "low", "high", "n"], ...findings.groups.flatMap((group, g) => group.thresholds.map((point) => [look.label(g), point.threshold, point.share.value, point.share.low, point.share.high, point.share.n]))])}>
            <Legend entries={look.legend} />
            {look.panels.map((panel) => (
              <div key={panel.title}>
                {panel.title && <p className="faint">{panel.title}</p>}
                <Lines width={Math.max(280, width)} height={look.panels.length > 1 ? 180 : 240} x={[0, 1]} y={[0, 1]} below="prefix matching from which on a head counts" left="share of runs" title={`share of runs by threshold${panel.title && `, ${panel.title}`}`} mark={{ x: findings.conditions.threshold }}
                  lines={panel.groups.map((g) => ({ label: look.label(g), colour: look.colour(g), dash: look.dash(g), points: findings.groups[g]!.thresholds.map((point) => ({ x: point.threshold, y: point.share.value, low: point.share.low, high: point.share.high })) }))} />
              </div>
            ))}
          </Figure>
        )}
      </div>
      {runs.length > 0 && (
        <section>
          <h2>Each circuit</h2>
          <div className="scroll" tabIndex={0} role="region" aria-label="table">
            <table>
              <thead><tr><th className="text">run</th><th>seed</th><th className="text">group</th><th>previous-token head</th><th>score</th><th>induction head</th><th>score</th><th>K (z)</th><th className="text">formed first</th></tr></thead>
              <tbody>
                {runs.slice(0, 200).map(({ group, run }) => (
                  <tr key={run.run}>
                    <td className="text"><Link href={`/runs/${run.run}`}>{run.run.slice(0, 8)}</Link></td><td>{run.seed}</td><td className="text">{pointName(group.by, name)}</td>
                    <td>{run.circuit!.previous_head === null ? "–" : <Link href={`/runs/${run.run}/heads/${run.circuit!.previous_layer}.${run.circuit!.previous_head}`}>{run.circuit!.previous_layer}.{run.circuit!.previous_head}</Link>}</td><td>{score(run.circuit!.previous_token)}</td>
                    <td><Link href={`/runs/${run.run}/heads/${run.circuit!.induction_layer}.${run.circuit!.induction_head}`}>{run.circuit!.induction_layer}.{run.circuit!.induction_head}</Link></td><td>{score(run.circuit!.prefix_matching)}</td>
                    <td>{score(run.circuit!.k_z, 1)}</td><td className="text">{(run.circuit!.formed_first ?? "–").replace("_", "-")}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      )}
    </>
  );
}
