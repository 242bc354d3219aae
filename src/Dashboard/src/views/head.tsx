import { Link } from "wouter";
import type { HeadView, Pattern, Snapshot } from "../api/client";
import { useLive } from "../api/live";
import { Lines } from "../components/lines";
import { Figure, Ready, Select, useWidth } from "../components/parts";
import { PatternView } from "../components/pattern";
import { Snapshots } from "../components/snapshot";
import { score, shortId } from "../format";
import { named, roleName } from "../palette";
import { useParam, useStep, useTitle } from "../state";
import { TokenCircuits } from "./entries";

const shown: [string, string][] = [["prefix_matching", "prefix matching"], ["previous_token", "previous token"], ["ov_copying", "OV copying"], ["copying", "copying"], ["ablation_loss_delta", "loss without it (nats)"]];

/** One head: what it does and since when, its attention over a real sequence, its partners. */
export function Head({ id, head }: { id: string; head: string }) {
  useTitle(`run ${shortId(id)}`, `head ${head}`);
  const view = useLive<HeadView>(`runs/${id}/heads/${head}`, 2_000);
  const snapshots = useLive<Snapshot[]>(`runs/${id}/snapshots`, 2_000);
  const [sequence, setSequence] = useParam("sequence", "0");
  const [mode, setMode] = useParam("weights", "attention", ["attention", "value"]);
  const [scale, setScale] = useParam("brightness", "sqrt", ["sqrt", "linear"]);
  const [frame, width] = useWidth<HTMLDivElement>();
  const steps = snapshots.data?.map((snapshot) => snapshot.step) ?? [];
  const [at, setStep] = useStep(steps);
  const patterns = useLive<Pattern[]>(at === undefined ? null : `runs/${id}/patterns?step=${at}&sequence=${Number(sequence) || 0}`, 100);
  return (
    <Ready query={view}>
      {(life) => {
        const partner = life.partners[0]?.from;
        const wanted = [head, ...(partner ? [partner] : [])];
        const size = width < 500 ? width - 4 : Math.min(420, Math.max(200, (width - 32) / wanted.length));
        const each = Math.floor((width + 8) / Math.max(1, Math.min(shown.length, Math.floor((width + 8) / 240)))) - 8;
        return (
          <>
            <div className="title">
              <h1>head {life.layer}.{life.head}</h1>
              <span className="pill">{roleName(life.role)}</span>
              <span className="faint">{life.role_since !== null ? `since the snapshot of step ${life.role_since} · ` : ""}<Link href={`/runs/${id}?step=${at ?? ""}`}>run {shortId(life.run)}</Link></span>
            </div>
            <div className="controls">
              {steps.length > 1 && <Snapshots steps={steps} at={at} onStep={setStep} />}
              <label>sequence <input type="number" min={0} max={2047} value={sequence} onChange={(event) => setSequence(event.target.value)} /></label>
              <Select label="weights" value={mode} onChange={setMode} options={[["attention", "attention"], ["value", "attention × size of the value"]]} />
              <Select label="brightness" value={scale} onChange={setScale} options={[["sqrt", "square root"], ["linear", "linear"]]} />
            </div>
            <div ref={frame} className="pair">
              <Ready query={patterns}>
                {(drawn) => <>{wanted.map((name, i) => {
                  const pattern = drawn.find((candidate) => `${candidate.layer}.${candidate.head}` === name);
                  return pattern && (
                    <Figure key={name} name={`pattern-${name}-step-${pattern.step}`} title={i === 0 ? `what ${name} attends to` : `what its strongest K-composition partner ${name} attends to`} caption="row = query, column = key" vector={false}>
                      <PatternView pattern={pattern} size={size} weighted={mode === "value"} linear={scale === "linear"} labels={i === 0} />
                    </Figure>
                  );
                })}</>}
              </Ready>
            </div>
            {at !== undefined && <TokenCircuits run={id} head={head} step={at} />}
            <div className="panels">
              {shown.map(([metric, title], i) => {
                const points = life.points.map((point) => ({ x: point.step, y: point.metrics[metric] ?? null }));
                const values = points.map((point) => point.y).filter((value): value is number => value !== null);
                return values.length > 0 && (
                  <Figure key={metric} name={`head-${metric}`} title={title} data={() => ["step,value", ...points.map((point) => `${point.x},${point.y ?? ""}`)].join("\n")}>
                    <Lines lines={[{ label: title, colour: named[i]!, points }]} x={[points[0]!.x, points.at(-1)!.x]} y={metric === "ablation_loss_delta" ? [Math.min(0, ...values), Math.max(...values)] : metric.includes("copying") ? [-1, 1] : [0, 1]} width={each} height={170} below="optimizer step" left={title} mark={at === undefined ? {} : { x: at }} />
                  </Figure>
                );
              })}
            </div>
            {life.partners.length > 0 && (
              <section>
                <h2>Composition with earlier heads, above random weights, at the last step</h2>
                <div className="scroll" tabIndex={0} role="region" aria-label="partners"><table>
                  <thead><tr><th className="text">from</th><th>Q</th><th>K</th><th>V</th></tr></thead>
                  <tbody>{life.partners.map((other) => <tr key={other.from}><td className="text"><Link href={`/runs/${id}/heads/${other.from}`}>{other.from}</Link></td><td>{score(other.q_excess)}</td><td>{score(other.k_excess)}</td><td>{score(other.v_excess)}</td></tr>)}</tbody>
                </table></div>
              </section>
            )}
          </>
        );
      }}
    </Ready>
  );
}
