/** Chooses a snapshot by its step. */
export function Snapshots({ steps, at, onStep }: { steps: readonly number[]; at: number | undefined; onStep: (step: string) => void }) {
  const last = at === steps.at(-1);
  return (
    <label>snapshot <input type="range" min={0} max={steps.length - 1} value={Math.max(0, steps.indexOf(at ?? 0))} aria-valuetext={`step ${at}`}
      onChange={(event) => onStep(Number(event.target.value) === steps.length - 1 ? "" : String(steps[Number(event.target.value)]))} /> step {at}{last && <span className="faint"> (the last)</span>}</label>
  );
}
