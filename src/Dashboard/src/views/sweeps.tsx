import { Link } from "wouter";
import type { SweepSummary } from "../api/client";
import { useLive } from "../api/live";
import { Ready } from "../components/parts";
import { counts, shortId, time } from "../format";

/** What runs, what ended, what failed and why. */
export function Sweeps() {
  const sweeps = useLive<SweepSummary[]>("sweeps");
  return (
    <>
      <h1>Sweeps</h1>
      <Ready query={sweeps} empty={(list) => list.length === 0 && <p className="state">No sweep yet. Start one: <code>./orchestrator sweep submit recipes/quickstart.yaml</code></p>}>
        {(list) => (
          <div className="scroll" tabIndex={0} role="region" aria-label="table">
            <table>
              <thead><tr><th className="text">name</th><th className="text">state</th><th className="text">runs</th><th>done</th><th className="text">submitted</th><th className="text">ended</th><th className="text">id</th></tr></thead>
              <tbody>
                {list.map((sweep) => {
                  const done = sweep.runs.completed + sweep.runs.failed + sweep.runs.cancelled + sweep.runs.stopped_early;
                  return (
                    <tr key={sweep.id}>
                      <td className="text"><Link href={`/sweeps/${sweep.id}`}>{sweep.name}</Link></td>
                      <td className="text"><span className={`pill ${sweep.state}`}>{sweep.state}</span>{sweep.reason && <span className="faint"> {sweep.reason}</span>}</td>
                      <td className="text">{counts(sweep.runs)}</td>
                      <td><progress max={sweep.runs.total} value={done} aria-label={`${done} of ${sweep.runs.total} runs are done`} /></td>
                      <td className="text">{time(sweep.created)}</td>
                      <td className="text">{time(sweep.ended)}</td>
                      <td className="text"><code>{shortId(sweep.id)}</code></td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        )}
      </Ready>
    </>
  );
}
