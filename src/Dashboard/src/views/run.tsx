import { useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { post, type LogLine, type Pattern, type RunComposition, type RunCurve, type RunDetail, type Snapshot } from "../api/client";
import { useLive } from "../api/live";
import { Lines } from "../components/lines";
import { Confirm, Figure, Ready, useWidth } from "../components/parts";
import { PatternView } from "../components/pattern";
import { Snapshots } from "../components/snapshot";
import { isToy, lossName, score, shortId, time } from "../format";
import { named, roleName } from "../palette";
import { useParam, useStep, useTitle } from "../state";
import { RunGraph } from "./composition";
import { Superposition, TokenLosses } from "./superposition";

const over = new Set(["completed", "failed", "cancelled", "stopped_early"]);

/** One run: curves, snapshots, heads, attempts with reasons, logs. */
export function Run({ id }: { id: string }) {
  const run = useLive<RunDetail>(`runs/${id}`, 1_000);
  useTitle(`run ${shortId(run.data?.id ?? id)}`);
  return <Ready query={run}>{(detail) => <Content run={detail} />}</Ready>;
}

function Content({ run }: { run: RunDetail }) {
  const client = useQueryClient();
  return (
    <>
      <div className="title">
        <h1>run {shortId(run.id)}</h1>
        <span className={`pill ${run.state}`}>{run.state}</span>
        <span className="faint">seed {run.config.seed} · step {run.steps} of {run.final_step} · loss {score(run.final_loss)} · <Link href={`/sweeps/${run.sweep}`}>its sweep</Link>{run.reason ? ` · ${run.reason}` : ""}</span>
        <span className="actions">
          {run.trace_url && <a className="button" href={run.trace_url} rel="noreferrer">trace</a>}
          {!over.has(run.state) && <Confirm label="cancel" danger question={`End run ${shortId(run.id)}? What it has stored so far stays; it gets no result.`} action={async () => { await post(`runs/${run.id}/cancel`); await client.invalidateQueries(); }} />}
        </span>
      </div>
      <Curves run={run} />
      {!isToy(run.config.model) && <HeadGrid run={run} />}
      {Number(run.config.model["layers"]) > 1 && <RunGraph run={run} />}
      <Superposition run={run} />
      {!isToy(run.config.model) && <TokenLosses run={run} />}
      <section>
        <h2>Attempts</h2>
        {(run.attempts ?? []).length === 0 ? <p className="faint">{run.state === "pending" ? "It was not handed out yet." : run.state === "dispatched" ? "It was handed out; no worker has begun with it yet." : "No worker began with it."}</p> : (
          <div className="scroll" tabIndex={0} role="region" aria-label="attempts"><table>
            <thead><tr><th>attempt</th><th className="text">worker</th><th className="text">started</th><th className="text">ended</th><th className="text">device</th><th title="how many models were trained together">pack</th><th className="text">CPU kernels</th><th className="text">outcome</th></tr></thead>
            <tbody>{run.attempts!.map((attempt) => <tr key={attempt.attempt}><td>{attempt.attempt}</td><td className="text">{attempt.worker ?? "–"}</td><td className="text">{time(attempt.started)}</td><td className="text">{time(attempt.ended)}</td><td className="text">{attempt.pack?.device ?? "–"}</td><td>{attempt.pack?.models ?? "–"}</td><td className="text">{attempt.cpu_kernels ?? "–"}</td><td className="text wrap">{attempt.outcome ?? "open"}</td></tr>)}</tbody>
          </table></div>
        )}
      </section>
      <Logs run={run} />
      <section><h2>Configuration</h2><pre tabIndex={0} aria-label="configuration">{JSON.stringify(run.config, null, 2)}</pre></section>
    </>
  );
}

function Curves({ run }: { run: RunDetail }) {
  const curves = useLive<RunCurve>(`runs/${run.id}/curve`, 1_000);
  const [frame, width] = useWidth<HTMLDivElement>();
  const columns = width > 900 ? 3 : width > 600 ? 2 : 1;
  const each = Math.floor((width - 8 * (columns - 1)) / columns);
  return (
    <div ref={frame} className="panels">
      <Ready query={curves} empty={({ points }) => points.length === 0 && <p className="state">Curves are drawn as snapshots are measured: none of this run is yet.</p>}>
        {(curve) => <>{([["prefix_matching_max", "prefix matching of the best head"], ["loss", lossName(isToy(run.config.model))], ["icl_score", "in-context learning (nats)"]] as const).map(([metric, title], i) => {
          const points = curve.points.map((point) => ({ x: point.step, y: point[metric] }));
          const values = points.map((point) => point.y).filter((value): value is number => value !== null);
          return values.length > 0 && (
            <Figure key={title} name={`run-${title.split(" ")[0]}`} title={title} data={() => ["step,value", ...points.map((point) => `${point.x},${point.y ?? ""}`)].join("\n")}>
              <Lines lines={[{ label: title, colour: named[i]!, points }]} x={[0, run.final_step]} y={metric === "prefix_matching_max" ? [0, 1] : [Math.min(...values), Math.max(...values)]} width={each} height={200} below="optimizer step" left={title} />
            </Figure>
          );
        })}</>}
      </Ready>
    </div>
  );
}

/** Thumbnails of every head by layer, over a slider of snapshots. */
function HeadGrid({ run }: { run: RunDetail }) {
  const snapshots = useLive<Snapshot[]>(`runs/${run.id}/snapshots`, 2_000);
  const steps = snapshots.data?.map((snapshot) => snapshot.step) ?? [];
  const [at, setStep] = useStep(steps);
  const [sequence, setSequence] = useParam("sequence", "0");
  const patterns = useLive<Pattern[]>(at === undefined ? null : `runs/${run.id}/patterns?step=${at}&sequence=${Number(sequence) || 0}`, 100);
  const measured = useLive<RunComposition>(at === undefined ? null : `runs/${run.id}/composition?step=${at}`, 500);
  if (steps.length === 0) return null;
  const role = (layer: number, head: number) => measured.data?.heads.find((one) => one.layer === layer && one.head === head);
  const layers = [...new Set((patterns.data ?? []).map((pattern) => pattern.layer))];
  return (
    <section>
      <h2>Heads</h2>
      <div className="controls">
        <Snapshots steps={steps} at={at} onStep={setStep} />
        <label>sequence <input type="number" min={0} max={2047} value={sequence} onChange={(event) => setSequence(event.target.value)} /></label>
      </div>
      <Ready query={patterns}>
        {() => <>{layers.map((layer) => (
          <div key={layer} className="thumbs">
            <span className="faint">layer {layer}</span>
            {patterns.data!.filter((pattern) => pattern.layer === layer).map((pattern) => {
              const row = role(layer, pattern.head);
              return (
                <Link key={pattern.head} href={`/runs/${run.id}/heads/${layer}.${pattern.head}?step=${at}`}>
                  <PatternView pattern={pattern} size={120} weighted={false} linear={false} labels={false} />
                  <span>{layer}.{pattern.head} {row ? roleName(row.role) : ""}</span>
                  {row && <span className="faint">prefix {score(row.prefix_matching, 2)}, previous {score(row.previous_token, 2)}</span>}
                </Link>
              );
            })}
          </div>
        ))}</>}
      </Ready>
    </section>
  );
}

function Logs({ run }: { run: RunDetail }) {
  const logs = useLive<LogLine[]>(`runs/${run.id}/logs`, 2_000);
  return (
    <section>
      <h2>Log</h2>
      <Ready query={logs} empty={(lines) => lines.length === 0 && <p className="faint">Nothing was written about this run.</p>}>
        {(lines) => <pre className="log" tabIndex={0} aria-label="log">{lines.map((line) => `${time(line.at)}  ${line.level.padEnd(11)} ${line.source}: ${line.line}`).join("\n")}</pre>}
      </Ready>
    </section>
  );
}
