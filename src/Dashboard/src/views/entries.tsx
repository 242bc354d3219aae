import type { CircuitEnds, HeadCircuits } from "../api/client";
import { useLive } from "../api/live";
import { Entries, type Entry } from "../components/entries";
import { Figure, Ready, useWidth } from "../components/parts";
import { csv } from "../format";
import { useParam } from "../state";

const circuits = [
  ["output_value", "OV: what it does to the output", "source → output", "raises the logit", "lowers it"],
  ["query_key", "QK: what it attends to", "query → key", "attends", "looks away"],
] as const;

/** The strongest entries of a head's circuits between tokens, at the snapshot that the page is at. */
export function TokenCircuits({ run, head, step }: { run: string; head: string; step: number }) {
  const [most, setMost] = useParam("entries", "10");
  const count = Math.max(1, Math.min(50, Math.floor(Number(most)) || 10));
  const found = useLive<HeadCircuits>(`runs/${run}/heads/${head}/circuits?step=${step}&most=${count}`, 100);
  const [frame, width] = useWidth<HTMLElement>();
  const each = Math.min(640, width > 820 ? (width - 24) / 2 : width);
  return (
    <section ref={frame}>
      <h2>What it reads and writes between tokens</h2>
      <div className="controls"><label>entries of either end <input type="number" min={1} max={50} value={most} onChange={(event) => setMost(event.target.value)} /></label></div>
      <Ready query={found}>
        {(answer) => (
          <>
            <p className="faint">
              From the weights at step {answer.step}, over {answer.tokens} tokens: logits minus their mean over all outputs, scores minus their mean over all keys. A dot marks a token with itself
              {answer.layer > 0 ? "; the scores are those of embeddings read directly, without what earlier heads write" : ""}.
            </p>
            <div className="pair">
              {circuits.map(([circuit, title, pair, up, down]) => {
                const entries = ends(answer[circuit]);
                return (
                  <Figure key={circuit} name={`${circuit.replace("_", "-")}-${head}-step-${answer.step}`} title={`${title} (${pair})`} data={() => csv([["from", "to", "value"], ...entries.map((entry) => [entry.from, entry.to, entry.value])])}>
                    {entries.length === 0 ? <p className="faint">No entry is a finite number: this model has diverged.</p> : <Entries entries={entries} width={Math.max(280, each)} label={title} up={up} down={down} />}
                  </Figure>
                );
              })}
            </div>
          </>
        )}
      </Ready>
    </section>
  );
}

/** Both ends as one list, the largest first; a small circuit has entries that belong to both. */
function ends({ largest, smallest }: CircuitEnds): Entry[] {
  const known = new Set(largest.map((entry) => `${entry.from} ${entry.to}`));
  return [...largest, ...smallest.filter((entry) => !known.has(`${entry.from} ${entry.to}`)).toReversed()]
    .map((entry) => ({ from: entry.from_text || (entry.from === 0 ? "BOS" : String(entry.from)), to: entry.to_text || (entry.to === 0 ? "BOS" : String(entry.to)), value: entry.value }));
}
