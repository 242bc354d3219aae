import { useEffect, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { isSignedOut, post, type Plan, type Submitted } from "../api/client";
import { Confirm, Failure } from "../components/parts";
import { duration } from "../format";
import { useTitle } from "../state";

const starter = `name: my-sweep
model: { layers: 2, heads: 2, d_model: 64, n_ctx: 32, positions: shortformer, position_scale: 2.0 }
data: { kind: repeated-segments, vocab: 32, segment: [8, 16] }
train: { steps: 300, batch: 32, lr: 1.0e-2, betas: [0.9, 0.99], warmup: 20, init: { embed: 0.5, scale: 1.0 } }
snapshots: { every: 20 }
measure: [heads, composition, in-context-learning]
seeds: 0..4
grid: { model.layers: [1, 2] }
`;

const unsent = "sweep file";

/** A sweep file: what it would do first, then the sweep. */
export function Submit() {
  useTitle("submit");
  const [yaml, setYaml] = useState(() => sessionStorage.getItem(unsent) ?? starter);
  useEffect(() => sessionStorage.removeItem(unsent), []);
  const [plan, setPlan] = useState<{ of: string; plan: Plan } | null>(null);
  const [failure, setFailure] = useState<Error | null>(null);
  const [kept, setKept] = useState<Submitted | null>(null);
  const [busy, setBusy] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const [, go] = useLocation();
  const ask = async () => {
    setBusy(true);
    setFailure(null);
    setKept(null);
    try {
      const answer = await post<Plan>("plan", { document: null, yaml });
      setPlan(answer && { of: yaml, plan: answer });
    } catch (wrong) {
      setPlan(null);
      setFailure(wrong as Error);
      if (isSignedOut(wrong)) sessionStorage.setItem(unsent, yaml); // the way by the sign-in page brings it back
    } finally {
      setBusy(false);
    }
  };
  const current = plan?.of === yaml ? plan.plan : null;
  return (
    <>
      <h1>Submit a sweep</h1>
      <p className="faint">The text of a sweep file (<code>sweep submit --help</code> has all of it). A sweep on text files of yours is submitted by the command line, which brings them.</p>
      <div className="controls">
        <button type="button" onClick={() => file.current?.click()}>open a file</button>
        <input ref={file} type="file" accept=".yaml,.yml" hidden aria-label="a sweep file" onChange={(event) => void event.target.files?.[0]?.text().then(setYaml)} />
        <button type="button" className="primary" disabled={busy} onClick={() => void ask()}>plan</button>
        {current && (
          <Confirm label="submit" question={`Submit ${current.name}? ${current.runs.new} of ${current.runs.total} runs are trained, ${current.runs.existing} exist already.`}
            action={async () => { const answer = await post<Submitted>("sweeps", { document: null, yaml }); if (answer?.kept?.length) setKept(answer); else if (answer) go(`/sweeps/${answer.id}`); }} />
        )}
      </div>
      <textarea className="file" rows={14} spellCheck={false} aria-label="sweep file" value={yaml} onChange={(event) => setYaml(event.target.value)} />
      {kept && (
        <p role="status">Sweep <Link href={`/sweeps/${kept.id}`}>{kept.name}</Link> exists already, and keeps {kept.kept!.map((setting) => `${setting.key}: ${setting.kept ?? "none"} (${setting.asked ?? "none"} was asked for)`).join(", ")}.</p>
      )}
      {failure && <Failure wrong={failure} />}
      {current && (
        <section aria-label="plan" aria-busy={busy}>
          <h2>What it would do</h2>
          <dl className="facts">
            <div><dt>runs</dt><dd>{current.runs.total}: {current.runs.new} new, {current.runs.existing} exist already</dd></div>
            <div><dt>snapshots</dt><dd>{current.snapshots}, of {current.heads} heads in all</dd></div>
            <div><dt>packs</dt><dd>{current.packs}</dd></div>
            <div><dt>device time</dt><dd>{current.device_seconds === null ? "not known: no run of this shape was timed yet" : `about ${duration(current.device_seconds)}`}</dd></div>
          </dl>
          <details><summary>the first runs</summary><pre tabIndex={0}>{current.first.map((run) => JSON.stringify(run)).join("\n")}</pre></details>
        </section>
      )}
    </>
  );
}
