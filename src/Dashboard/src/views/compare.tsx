import type { Comparison, Findings } from "../api/client";
import { useLive } from "../api/live";
import { Interval, Ready, Select } from "../components/parts";
import { axisNames, interval, lossName, ofToys, percent, pointName, score } from "../format";
import { useParam } from "../state";
import { SweepFrame } from "./frame";

const metrics: [string, string][] = [["prefix_matching_max", "prefix matching"], ["icl_score", "ICL score (nats)"], ["final_loss", "loss (nats)"]];
const others: Record<string, string> = { transition_step: "transition (step)", k_composition_excess_max: "K excess" };

/** Two groups, paired by seed. */
export function Compare({ id }: { id: string }) {
  const findings = useLive<Findings>(`sweeps/${id}/findings`, 3_000);
  return <SweepFrame id={id} here="compare"><Ready query={findings}>{(found) => <Content id={id} findings={found} />}</Ready></SweepFrame>;
}

const p = (value: number | null) => (value === null ? "–" : value < 0.001 ? "< 0.001" : value.toPrecision(2));

function Content({ id, findings }: { id: string; findings: Findings }) {
  const name = axisNames(findings.groups.map((group) => group.by));
  const heading = (key: string) => (key === "final_loss" ? lossName(ofToys(findings.conditions.document)) : new Map(metrics).get(key) ?? others[key] ?? key.replaceAll("_", " "));
  const options = findings.groups.map((group, i) => [String(i), pointName(group.by, name)] as [string, string]);
  const [a, setA] = useParam("a", "0", options.map(([key]) => key));
  const [b, setB] = useParam("b", String(Math.min(1, findings.groups.length - 1)), options.map(([key]) => key));
  const ready = findings.comparisons.filter((comparison) => (comparison.first === Number(a) && comparison.second === Number(b)) || (comparison.first === Number(b) && comparison.second === Number(a)));
  const asked = useLive<Comparison[]>(ready.length === 0 && a !== b && findings.groups.length > 1 ? `sweeps/${id}/comparison?first=${a}&second=${b}` : null, 3_000);
  if (findings.groups.length < 2) return <p className="state">This sweep has one group: there is nothing to compare. Sweep an axis with <code>grid</code>.</p>;
  const choice = <div className="controls"><Select label="from" value={a} onChange={setA} options={options} /><Select label="to" value={b} onChange={setB} options={options} /></div>;
  if (a === b) return <>{choice}<p className="state" role="status">From and to are the same group: choose two different ones.</p></>;
  const [one, two] = [findings.groups[Number(a)], findings.groups[Number(b)]];
  const pairs = one && two ? one.runs.flatMap((run) => { const other = two.runs.find((candidate) => candidate.seed === run.seed); return other ? [[run, other] as const] : []; }) : [];
  const known = ready.length > 0 ? ready : asked.isPlaceholderData ? [] : (asked.data ?? []); // what was kept is of another pair
  const shared = Math.max(pairs.length, ...known.map((comparison) => comparison.difference?.n ?? 0)); // of large sweeps some runs of each group are here
  const most = pairs.slice(0, 200);
  return (
    <>
      {choice}
      <p>{shared} seeds are in both groups; the same seed is the same draw of data order and, where shapes agree, of initial weights. Differences are second minus first.</p>
      {ready.length === 0 && (asked.isPlaceholderData || asked.data === undefined) && (asked.error ? <p role="alert" className="failure">{asked.error.message}</p> : <p aria-busy="true" className="faint">comparing …</p>)}
      {known.length > 0 && (
        <div className="scroll" tabIndex={0} role="region" aria-label="differences"><table>
          <thead><tr><th className="text">metric</th><th className="text">difference</th><th>n</th><th>p</th><th>adjusted</th></tr></thead>
          <tbody>{known.map((comparison) => {
            const sign = comparison.first === Number(a) ? 1 : -1;
            const d = comparison.difference;
            const mean = d && { mean: d.mean === null ? null : sign * d.mean, low: d.low === null || d.high === null ? null : Math.min(sign * d.low, sign * d.high), high: d.low === null || d.high === null ? null : Math.max(sign * d.low, sign * d.high), n: d.n };
            return <tr key={comparison.metric}><td className="text">{heading(comparison.metric)}</td><td className="text">{mean ? interval(mean) : comparison.second_earlier?.value != null ? `earlier in ${percent(sign > 0 ? comparison.second_earlier.value : 1 - comparison.second_earlier.value)} of pairs of runs (log-rank)` : "log-rank"}</td><td>{d?.n ?? "–"}</td><td>{p(comparison.p)}</td><td>{p(comparison.adjusted_p)}</td></tr>;
          })}</tbody>
        </table></div>
      )}
      {ready.length === 0 && known.length > 0 && <p className="faint">These two groups differ in {known[0]!.axis}, and are not among the pairs that every answer has: p is adjusted over these metrics alone.</p>}
      <h2>Seed by seed{most.length < shared ? `: the first ${most.length} of ${shared}` : ""}</h2>
      <div className="scroll" tabIndex={0} role="region" aria-label="table">
        <table>
          <thead><tr><th>seed</th>{metrics.map(([key]) => <th key={key} className="text">{heading(key)}</th>)}</tr></thead>
          <tbody>
            {most.map(([run, other]) => (
              <tr key={run.seed}><td>{run.seed}</td>{metrics.map(([key]) => {
                const [x, y] = [run.metrics[key], other.metrics[key]];
                const all = pairs.flatMap(([r, o]) => [r.metrics[key], o.metrics[key]]).filter((value): value is number => value !== undefined);
                return <td key={key} className="text">{x === undefined || y === undefined ? "–" : <Interval at={y} low={Math.min(x, y)} high={Math.max(x, y)} range={[Math.min(...all), Math.max(...all)]} text={`${score(x)} → ${score(y)}`} />}</td>;
              })}</tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
