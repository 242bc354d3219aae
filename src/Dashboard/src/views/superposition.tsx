import { useQueryClient } from "@tanstack/react-query";
import { post, type RunDetail, type RunMetrics, type Snapshot } from "../api/client";
import { useLive } from "../api/live";
import { Chart, seriesOf } from "../components/chart";
import { Lines } from "../components/lines";
import { Confirm, Figure, Legend, Ready, useWidth } from "../components/parts";
import { Snapshots } from "../components/snapshot";
import { isToy, score } from "../format";
import { named } from "../palette";
import { useStep } from "../state";

const said = (name: string) => name.replaceAll("_", " ");
const title = ({ name, unit }: { name: string; unit: string }) => `${said(name)}${unit && !name.includes(unit) ? ` (${unit})` : ""}`;
const place = (metrics: RunMetrics, name: string) => metrics.columns.findIndex((column) => column.name === name);
const tokenQuantiles: [string, number][] = [["a tenth is below", 0.1], ["half", 0.5], ["nine tenths", 0.9]];

/** What is not measured unless somebody asks for it: which command does, and a button that does the same. */
function OnRequest({ run, measure, what }: { run: RunDetail; measure: string; what: string }) {
  const client = useQueryClient();
  return (
    <p className="state">
      {what} is measured on request, from the stored snapshots: <code>./orchestrator sweep measure {run.sweep.slice(0, 12)} --measure {measure}</code>{" "}
      {run.state === "completed" && <Confirm label={`measure ${said(measure.replace("-", "_"))}`} question={`Measure ${what.toLowerCase()} of every stored snapshot of this run's sweep? Nothing is trained.`} action={async () => { await post(`sweeps/${run.sweep}/measure`, { measures: [measure] }); await client.invalidateQueries(); }} />}
    </p>
  );
}

function useSteps(run: RunDetail) {
  const snapshots = useLive<Snapshot[]>(`runs/${run.id}/snapshots`, 2_000);
  const steps = snapshots.data?.map((snapshot) => snapshot.step) ?? [];
  return [steps, ...useStep(steps)] as const;
}

/** How the columns of the run's matrices share their dimensions: over the snapshots, and at one of them. */
export function Superposition({ run }: { run: RunDetail }) {
  const toy = isToy(run.config.model);
  const matrices = toy ? ["W"] : ["W_E (by token)", "W_U (by token)"];
  const drawn = toy ? ["features_represented", "mean_dimensionality", "mean_absolute_cosine"] : ["effective_rank", "participation_ratio", "mean_absolute_cosine"];
  const [steps, at, setStep] = useSteps(run);
  const geometry = useLive<RunMetrics>(`runs/${run.id}/metrics/superposition`, 2_000);
  const [frame, width] = useWidth<HTMLDivElement>();
  const columns = width > 900 ? 3 : width > 600 ? 2 : 1;
  if (steps.length === 0) return null;
  return (
    <section ref={frame} aria-label="superposition">
      <h2>Superposition</h2>
      <Ready query={geometry} empty={({ rows }) => rows.length === 0 && <OnRequest run={run} measure="superposition" what="Superposition" />}>
        {(found) => (
          <>
            {toy && steps.length > 1 && <div className="controls"><Snapshots steps={steps} at={at} onStep={setStep} /></div>}
            <Legend entries={matrices.map((text, i) => ({ text, colour: named[i]!, dash: i === 0 ? "" : "6 3" }))} />
            <div className="panels">
              {drawn.map((name) => {
                const column = found.columns[place(found, name)];
                const lines = matrices.map((label, i) => ({ label, colour: named[i]!, dash: i === 0 ? "" : "6 3", points: found.rows.filter((row) => row.row === i).map((row) => ({ x: row.step, y: row.values[place(found, name)] ?? null })) }));
                const values = lines.flatMap((line) => line.points.map((point) => point.y)).filter((value) => value !== null);
                return column && values.length > 0 && (
                  <Figure key={name} name={`run-${name}`} title={title(column)} data={() => ["step,matrix,value", ...lines.flatMap((line) => line.points.map((point) => `${point.x},${line.label.split(" ")[0]},${point.y ?? ""}`))].join("\n")}>
                    <Lines lines={lines} x={[0, run.final_step]} y={[Math.min(0, ...values), Math.max(...values)]} width={Math.floor((width - 8 * (columns - 1)) / columns)} height={180} below="optimizer step" left={title(column)} mark={at === undefined ? {} : { x: at }} />
                  </Figure>
                );
              })}
            </div>
            <div className="scroll" tabIndex={0} role="region" aria-label="superposition in numbers">
              <table>
                <caption className="faint">at step {at}</caption>
                <thead><tr><th className="text">metric</th>{matrices.map((name) => <th key={name}>{name}</th>)}<th className="text">meaning</th></tr></thead>
                <tbody>{found.columns.map((column, c) => {
                  const values = matrices.map((_, i) => found.rows.find((row) => row.step === at && row.row === i)?.values[c]);
                  return values.some((value) => typeof value === "number") && <tr key={column.name}><td className="text">{title(column)}</td>{values.map((value, i) => <td key={i}>{score(value)}</td>)}<td className="text faint wrap">{column.meaning}</td></tr>;
                })}</tbody>
              </table>
            </div>
            {toy ? <Features run={run} step={at} width={width} /> : <HeadRanks run={run} step={at} />}
          </>
        )}
      </Ready>
    </section>
  );
}

/** Every feature of a toy model at one snapshot. */
function Features({ run, step, width }: { run: RunDetail; step: number | undefined; width: number }) {
  const features = useLive<RunMetrics>(step === undefined ? null : `runs/${run.id}/metrics/features?step=${step}`, 500);
  const each = width > 700 ? Math.floor((width - 8) / 2) : width;
  return (
    <div className="panels">
      <Ready query={features}>
        {(found) => <>{["norm", "dimensionality"].map((name, i) => {
          const points = found.rows.flatMap((row) => { const value = row.values[place(found, name)]; return typeof value === "number" ? [{ x: row.row, y: value, colour: null }] : []; });
          return (
            <Figure key={name} name={`features-${name}-step-${step}`} title={`${name} of each feature, the most important first`} caption={found.columns[place(found, name)]?.meaning ?? ""} data={() => [`feature,${name}`, ...points.map((point) => `${point.x},${point.y}`)].join("\n")}>
              <Chart kind="bar" series={seriesOf(points).map((series) => ({ ...series, text: name, colour: named[i]! }))} x="feature" y={name} words={points.map((point) => String(point.x))} width={each} height={190} />
            </Figure>
          );
        })}</>}
      </Ready>
    </div>
  );
}

/** How many of their dimensions the factors of each head use at one snapshot. */
function HeadRanks({ run, step }: { run: RunDetail; step: number | undefined }) {
  const heads = useLive<RunMetrics>(step === undefined ? null : `runs/${run.id}/metrics/heads?step=${step}`, 500);
  const perLayer = Number(run.config.model["heads"]);
  return (
    <Ready query={heads}>
      {(found) => {
        const ranks = found.columns.flatMap((column, c) => (column.name.endsWith("_effective_rank") ? [[column, c] as const] : []));
        return ranks.length > 0 && (
          <div className="scroll" tabIndex={0} role="region" aria-label="effective ranks of heads">
            <table>
              <caption className="faint">effective rank of each head's factors at step {step}: dimensions in use, of {Number(run.config.model["d_head"] ?? Number(run.config.model["d_model"]) / perLayer)}</caption>
              <thead><tr><th>head</th>{ranks.map(([column]) => <th key={column.name} title={column.meaning}>{column.name.split("_")[0]}</th>)}</tr></thead>
              <tbody>{found.rows.map((row) => <tr key={row.row}><td>{Math.floor(row.row / perLayer)}.{row.row % perLayer}</td>{ranks.map(([column, c]) => <td key={column.name}>{score(row.values[c], 2)}</td>)}</tr>)}</tbody>
            </table>
          </div>
        );
      }}
    </Ready>
  );
}

const bins = 24;

/** Losses of the same single tokens in every model of these data (its place in loss space), beside those of the first snapshot. */
export function TokenLosses({ run }: { run: RunDetail }) {
  const [steps, at] = useSteps(run);
  const now = useLive<RunMetrics>(at === undefined ? null : `runs/${run.id}/metrics/token_losses?step=${at}`, 500);
  const first = useLive<RunMetrics>(steps.length === 0 ? null : `runs/${run.id}/metrics/token_losses?step=${steps[0]}`, 500);
  const [frame, width] = useWidth<HTMLDivElement>();
  if (at === undefined) return null;
  return (
    <section ref={frame} aria-label="token losses">
      <h2>Losses of single tokens</h2>
      <Ready query={now} empty={({ rows }) => rows.length === 0 && <OnRequest run={run} measure="token-losses" what="The loss of single tokens" />}>
        {(found) => {
          const losses = (metrics: RunMetrics | undefined) => (metrics?.rows ?? []).map((row) => row.values[0]).filter((value) => typeof value === "number");
          const [here, begun] = [losses(found).sort((a, b) => a - b), at === steps[0] ? [] : losses(first.data)];
          const most = Math.max(0.1, ...here, ...begun);
          const middle = (bin: number) => (((bin + 0.5) * most) / bins).toFixed(1);
          const share = (of: number[], bin: number) => of.filter((loss) => Math.min(bins - 1, Math.floor((bins * loss) / most)) === bin).length;
          const series = [[`step ${at}`, here, named[0]!] as const, [`step ${steps[0]}`, begun, named[6]!] as const].filter(([, of]) => of.length > 0)
            .map(([text, of, colour]) => ({ text, colour, dash: "", shape: 0, points: Array.from({ length: bins }, (_, bin) => ({ x: bin, y: share(of, bin), colour: null })) }));
          const mean = here.reduce((sum, loss) => sum + loss, 0) / here.length;
          return (
            <Figure name={`token-losses-step-${at}`} title="tokens by their loss" caption={`${here.length} tokens, each at a fixed random place of a held-out sequence`} data={() => ["row,loss", ...found.rows.map((row) => `${row.row},${row.values[0] ?? ""}`)].join("\n")}>
              <p className="faint">At step {at} their mean is {score(mean)} nats; {tokenQuantiles.map(([text, share]) => `${text} ${score(here[Math.floor(share * (here.length - 1))])}`).join(", ")}.</p>
              <Legend entries={series.map(({ text, colour }) => ({ text, colour, dash: "" }))} />
              <Chart kind="bar" series={series} x="loss (nats)" y="tokens" words={Array.from({ length: bins }, (_, bin) => String(bin))} spell={(word) => middle(Number(word))} width={Math.min(900, width)} height={200} />
            </Figure>
          );
        }}
      </Ready>
    </section>
  );
}
