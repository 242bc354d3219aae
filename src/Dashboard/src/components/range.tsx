import { type CSSProperties, type KeyboardEvent, useRef } from "react";

export type Range = [number, number];

const ways: Record<string, number> = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 };
const fresh = 0.2;

/** The range after a key, in places from 0 to 1; null if it is freed, undefined if the key is none of its own. `end` is the one that shift moves, as in a text. */
function after(event: KeyboardEvent, range: Range | undefined, step: number, end: { current: 0 | 1 | null }): Range | null | undefined {
  if (event.key === "Escape") return null;
  const way = ways[event.key];
  if (way === undefined && event.key !== "Home" && event.key !== "End") return undefined;
  const wide = range ? range[1] - range[0] : Math.max(fresh, step);
  if (way === undefined) return event.key === "Home" ? [0, wide] : [1 - wide, 1];
  if (!range) {
    end.current = way > 0 ? 1 : 0;
    return way > 0 ? [0, wide] : [1 - wide, 1];
  }
  if (!event.shiftKey) {
    end.current = null;
    const low = Math.max(0, Math.min(1 - wide, range[0] + way * step));
    return [low, low + wide];
  }
  end.current ??= way > 0 ? 1 : 0;
  const moved = Math.max(0, Math.min(1, range[end.current] + way * step));
  const fixed = range[1 - end.current]!;
  if (moved === fixed) return range;
  end.current = moved > fixed ? 1 : 0;
  return moved > fixed ? [fixed, moved] : [moved, fixed];
}

const round = (place: number) => Math.round(1_000 * place) / 1_000;

/** An axis for the keyboard: arrows move a range along it, with shift they move its end, Home and End take it to the ends, Escape frees the axis. */
export function RangeAxis({ label, told, vertical, side, range, step = 0.05, style, onRange }: {
  label: string; told: string; vertical: boolean; side: "left" | "right" | "above"; range: Range | undefined; step?: number; style: CSSProperties; onRange: (range: Range | null) => void;
}) {
  const end = useRef<0 | 1 | null>(null);
  return (
    <div className="rangeaxis" role="slider" tabIndex={0} style={style} aria-label={`range of ${label}`} aria-orientation={vertical ? "vertical" : "horizontal"}
      aria-valuemin={0} aria-valuemax={100} aria-valuenow={range ? Math.round(50 * (range[0] + range[1])) : 50} aria-valuetext={told}
      onKeyDown={(event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const next = after(event, range, step, end);
        if (next === undefined) return;
        event.preventDefault();
        onRange(next && [round(next[0]), round(next[1])]);
      }}
      onBlur={() => { end.current = null; }}>
      <span className={`told ${side}`} aria-hidden="true">{label} {told}</span>
    </div>
  );
}
