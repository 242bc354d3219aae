import { useMemo } from "react";
import { metric, type Findings, type Group, type Mean, type Progress, type Terms, type Trajectory } from "../api/client";
import { useLive } from "../api/live";
import { Filtered } from "../components/filter";
import { type Line, Lines } from "../components/lines";
import { Figure, Legend, MeanCell, MedianCell, rangeOf, Ready, Select, ShareCell, useWidth } from "../components/parts";
import { axisNames, csv, duration, lossName, ofToys, plain, pointName, score } from "../format";
import { facets } from "../palette";
import { useParam } from "../state";
import { isOver, SweepFrame, useStatus } from "./frame";

type Metric = "prefix_matching_max" | "loss" | "icl_score";
const metrics: [Metric, string][] = [["prefix_matching_max", "prefix matching of the best head"], ["loss", "loss"], ["icl_score", "in-context learning (nats)"]];

/** The answer in a sentence, the phase change, the group table; live while it runs. */
export function Sweep({ id }: { id: string }) {
  const status = useStatus(id);
  const findings = useLive<Findings>(`sweeps/${id}/findings`, 3_000);
  const trajectory = useLive<Trajectory>(`sweeps/${id}/trajectory`, 3_000);
  const running = status.data !== undefined && !isOver(status.data.sweep.state);
  const progress = useLive<Progress>(running ? `sweeps/${id}/progress` : null, 1_000);
  return (
    <SweepFrame id={id} here="answer">
      {running && progress.data && <Live progress={progress.data} />}
      <Ready query={findings}>
        {(found) => (
          <>
            {found.sentences.length > 0 ? <p className="answer">{found.sentences[0]!.text}</p> : <p className="state">No run has completed: sentences and the table come with the first, curves are drawn as snapshots are measured.</p>}
            <Filtered findings={found}>
              {(kept, groups) => (
                <>
                  <Ready query={trajectory}>{(moves) => <PhaseChange findings={kept} trajectory={{ ...moves, groups: groups.flatMap((i) => moves.groups[i] ?? []) }} />}</Ready>
                  <Groups findings={kept} />
                  <TermImportance findings={kept} />
                </>
              )}
            </Filtered>
            {found.sentences.length > 1 && (
              <section>
                <h2>What the data support</h2>
                <ul>
                  {found.sentences.map((sentence) => <li key={sentence.text}>{sentence.text} <a className="faint" href={`/query?sql=${encodeURIComponent(sentence.query)}`}>query</a></li>)}
                </ul>
              </section>
            )}
          </>
        )}
      </Ready>
    </SweepFrame>
  );
}

function Live({ progress }: { progress: Progress }) {
  const [done, total] = [progress.groups.reduce((sum, group) => sum + group.steps_done, 0), progress.groups.reduce((sum, group) => sum + group.steps_total, 0)];
  return (
    <p className="live" role="status">
      <progress max={total} value={done} aria-label="optimizer steps done" /> {Math.round((100 * done) / Math.max(1, total))}% of {total} steps, {Math.round(progress.steps_per_second)} steps/s{progress.seconds_left !== null ? `, ${duration(progress.seconds_left)} left` : ""}
    </p>
  );
}

function PhaseChange({ findings, trajectory }: { findings: Findings; trajectory: Trajectory }) {
  const points = useMemo(() => trajectory.groups.map((group) => group.by), [trajectory]);
  const swept = points.flatMap((point) => Object.keys(point));
  const [colour, setColour] = useParam("colour", "", swept);
  const [rows, setRows] = useParam("rows", "", [...swept, "none"]);
  const [scale, setScale] = useParam("scale", "steps", ["steps", "log"]);
  const [aligned, setAligned] = useParam("align", "no", ["no", "yes"]);
  const look = useMemo(() => facets(points, { colour: colour || null, rows: rows || null }), [points, colour, rows]);
  const name = useMemo(() => axisNames(points), [points]);
  const [frame, width] = useWidth<HTMLDivElement>();
  const crossing = useMemo(() => new Map(findings.groups.flatMap((group) => group.runs.map((run) => [run.run, run.transition_step] as const))), [findings]);
  const panels = look.panels;
  const shown = metrics.filter(([which]) => trajectory.groups.some((group) => group.points.some((point) => point[which].n > 0)));
  const wide = width > 900; // then each panel is a row, and each metric a column
  const columns = wide ? (panels.length > 1 && shown.length > 1 ? shown.length : 3) : width > 600 && panels.length > 1 ? 2 : 1;
  const each = Math.floor((width - 8 * (columns - 1)) / columns);
  if (trajectory.groups.every((group) => group.points.length === 0)) return null;
  const steps = trajectory.groups.flatMap((group) => group.points.map((point) => point.step));
  const middle = aligned === "yes" ? Math.max(0, ...[...crossing.values()].filter((step): step is number => step !== null)) : 0;
  const line = (group: number, which: Metric): Line => {
    const { points, lines, by } = trajectory.groups[group]!;
    const mean = (of: Mean) => ({ y: of.mean, low: of.low, high: of.high });
    return {
      label: pointName(by, name), colour: look.colour(group), dash: look.dash(group),
      points: points.map((point) => ({ x: point.step, ...(aligned === "yes" ? { y: null } : mean(point[which])) })),
      seeds: lines.map((run) => ({
        name: `seed ${run.seed}, ${look.label(group)}: ${score(run[which].findLast((value) => value !== null) ?? null)} at the end`, href: `/runs/${run.run}`, values: run[which],
        shift: aligned === "yes" ? middle - (crossing.get(run.run) ?? NaN) : 0,
      })).filter((seed) => !Number.isNaN(seed.shift)),
    };
  };
  const bounds = new Map(metrics.map(([which]): [Metric, [number, number]] => {
    const values = trajectory.groups.flatMap((group) => [...group.points.flatMap((point) => [point[which].mean, point[which].low, point[which].high]), ...group.lines.flatMap((run) => run[which])]).filter((value): value is number => value !== null);
    return [which, which === "prefix_matching_max" ? [0, 1] : [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)]];
  }));
  return (
    <section aria-label="phase change">
      <div className="controls">
        <Legend entries={look.legend} />
        {look.axes.length > 0 && <Select label="colour" value={colour} onChange={setColour} options={[["", "by itself"], ...look.axes.map((axis) => [axis, name(axis)] as [string, string])]} />}
        {look.axes.length > 1 && <Select label="rows" value={rows} onChange={setRows} options={[["", "by itself"], ["none", "none"], ...look.axes.map((axis) => [axis, name(axis)] as [string, string])]} />}
        <Select label="scale" value={scale} onChange={setScale} options={[["steps", "steps"], ["log", "steps, log"]]} />
        {!ofToys(findings.conditions.document) && <Select label="align at transition" value={aligned} onChange={setAligned} options={[["no", "no"], ["yes", "yes"]]} />}
      </div>
      <div ref={frame} className="panels">
        {(wide ? panels.flatMap((panel) => shown.map((metric) => [panel, metric] as const)) : shown.flatMap((metric) => panels.map((panel) => [panel, metric] as const))).map(([panel, [which, text]]) => {
          const title = which === "loss" ? lossName(ofToys(findings.conditions.document)) : text;
          const data = () => csv([["group", "run", "seed", "step", "value"], ...trajectory.groups.flatMap((group, g) => group.lines.flatMap((run) => run[which].map((value, i) => [look.label(g), run.run, run.seed, group.points[i]?.step, value])))]);
          return (
            <Figure key={which + panel.title} name={`${which}${panel.title ? "-" + panel.title.replace(/[^a-z0-9]+/gi, "-") : ""}`} title={panel.title ? `${title} · ${panel.title}` : title} data={data}>
              <Lines lines={panel.groups.map((group) => line(group, which))} x={[Math.min(...steps), Math.max(...steps)]} y={bounds.get(which)!} width={each} height={panels.length === 1 ? 240 : 200} below="optimizer step" left={title} title={`${title}${panel.title ? `, ${panel.title}` : ""}`}
                mark={which === "prefix_matching_max" ? { y: findings.conditions.threshold } : {}} logarithmic={scale === "log"} />
            </Figure>
          );
        })}
      </div>
    </section>
  );
}

function Groups({ findings }: { findings: Findings }) {
  const groups = findings.result.groups;
  const name = axisNames(groups.map((group) => group.by));
  const axes = [...new Set(groups.flatMap((group) => Object.keys(group.by)))];
  const end = findings.conditions.snapshot_steps.at(-1) ?? 1;
  const toy = ofToys(findings.conditions.document);
  const of = (metricName: string, range?: [number, number]) => {
    const means = groups.map((group) => metric.mean(group, metricName));
    return { n: means.map((mean) => mean.n), cell: (group: Group) => <MeanCell mean={metric.mean(group, metricName)} range={range ?? rangeOf(means)} /> };
  };
  const columns = [
    { heading: "induction heads in", n: groups.map((group) => metric.share(group).n), cell: (group: Group) => <ShareCell share={metric.share(group)} /> },
    { heading: "transition (step)", n: groups.map((group) => metric.median(group).n), cell: (group: Group) => <MedianCell median={metric.median(group)} range={[0, end]} /> },
    { heading: "prefix matching", ...of("prefix_matching_max", [0, 1]) }, { heading: "ICL score (nats)", ...of("icl_score") }, { heading: lossName(toy), ...of("final_loss") }, { heading: "K excess", ...of("k_composition_excess_max") },
    ...(toy ? [{ heading: "features represented", ...of("features_represented") }, { heading: "mean dimensionality", ...of("mean_dimensionality", [0, 1]) }, { heading: "dimensions per feature", ...of("dimensions_per_feature") }] : []),
  ].filter(({ n }) => n.some((count) => count > 0)); // what no group has is no column
  return (
    <section>
      <h2>Groups</h2>
      <div className="scroll" tabIndex={0} role="region" aria-label="table">
        <table>
          <thead><tr>{axes.map((axis) => <th key={axis}>{name(axis)}</th>)}<th>runs</th>{columns.map(({ heading }) => <th key={heading} className="text">{heading}</th>)}</tr></thead>
          <tbody>
            {groups.map((group, i) => (
              <tr key={i}>
                {axes.map((axis) => <td key={axis}>{plain(group.by[axis])}</td>)}
                <td>{group.completed}/{group.runs}{group.failed > 0 && <span className="failure"> {group.failed} failed</span>}</td>
                {columns.map(({ heading, cell }) => <td key={heading} className="text">{cell(group)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="faint">Means over completed runs with 95% t intervals, shares with Wilson's, medians by Kaplan-Meier with the interval of order statistics (none below six runs).{toy ? "" : " Null: the largest of as many heads that attend evenly, or of as many pairs with Gaussian weights."}</p>
    </section>
  );
}

const orders = (order: number) => ["direct path", "+ single heads", "+ pairs", "+ triples"][order] ?? `+ ${order} heads`;

/** What paths through no head, one head, two heads, … take off the loss, attention patterns frozen: bars of the whole reduction, and the numbers. */
function TermImportance({ findings }: { findings: Findings }) {
  const groups = findings.result.groups.map((group) => ({ by: group.by, terms: group["terms"] as Terms | undefined })).filter(({ terms }) => (terms?.uniform_loss.n ?? 0) > 0);
  if (groups.length === 0) return null;
  const name = axisNames(findings.result.groups.map((group) => group.by));
  const most = Math.max(...groups.map(({ terms }) => terms!.marginal.length));
  const shade = (order: number) => 0.9 - (0.7 * order) / Math.max(1, most - 1);
  return (
    <section>
      <h2>Which paths matter</h2>
      <div className="scroll" tabIndex={0} role="region" aria-label="table">
        <table>
          <thead><tr><th className="text">group</th><th className="text">share of the loss reduction</th><th>even guess</th>{Array.from({ length: most }, (_, order) => <th key={order} className="text">{orders(order)}</th>)}</tr></thead>
          <tbody>
            {groups.map(({ by, terms }, i) => {
              const shares = terms!.share_of_reduction_by_order.map((share) => Math.max(0, share.mean ?? 0));
              const whole = Math.max(1, shares.reduce((sum, share) => sum + share, 0));
              let at = 0;
              return (
                <tr key={i}>
                  <td className="text">{pointName(by, name)}</td>
                  <td className="text">
                    <svg width="200" height="14" role="img" aria-label={shares.map((share, order) => `${orders(order)} ${Math.round(100 * share)}%`).join(", ")}>
                      {shares.map((share, order) => { const x = at; at += (200 * share) / whole; return <rect key={order} x={x} y="2" width={(200 * share) / whole} height="10" fill="var(--accent)" fillOpacity={shade(order)}><title>{`${orders(order)}: ${Math.round(100 * share)}%`}</title></rect>; })}
                    </svg>
                  </td>
                  <td>{score(terms!.uniform_loss.mean)}</td>
                  {Array.from({ length: most }, (_, order) => {
                    const loss = terms!.marginal[order];
                    return <td key={order} className="text">{loss && loss.n > 0 ? <MeanCell mean={loss} range={rangeOf(groups.flatMap((group) => group.terms!.marginal))} /> : "–"}</td>;
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p className="faint">By how much (nats) each order of paths lowers the held-out loss, from guessing evenly on: paths through no head, one, two, …; negative where it raises it.</p>
    </section>
  );
}
