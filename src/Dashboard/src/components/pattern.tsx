import { useEffect, useMemo, useRef, useState } from "react";
import type { Pattern } from "../api/client";

const bytes = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** Attention of one head: row = query, column = key, brightness = weight. Hovering a position lights its row and the earlier places of its token. */
export function PatternView({ pattern, size, weighted, linear, labels }: { pattern: Pattern; size: number; weighted: boolean; linear: boolean; labels: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [row, setRow] = useState<number | null>(null);
  const n = pattern.tokens.length;
  const weights = useMemo(() => bytes(weighted ? pattern.value_weighted : pattern.weights), [pattern, weighted]);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    [element.width, element.height] = [n, n];
    const picture = context.createImageData(n, n);
    const style = getComputedStyle(document.documentElement);
    const dark = style.colorScheme.includes("dark") && matchMedia("(prefers-color-scheme: dark)").matches;
    for (let i = 0; i < n * n; i++) {
      const share = linear ? weights[i]! / 255 : Math.sqrt(weights[i]! / 255);
      const query = Math.floor(i / n);
      const lit = row === null || query === row;
      const level = Math.round(255 * (dark ? share : 1 - share));
      const faded = lit ? level : Math.round(dark ? level * 0.45 : 255 - (255 - level) * 0.45);
      picture.data.set([faded, faded, query === row ? Math.min(255, faded + 40) : faded, 255], 4 * i);
    }
    context.putImageData(picture, 0, 0);
  }, [weights, n, row, linear]);
  const token = row === null ? null : pattern.tokens[row]!;
  const shown = (position: number) => pattern.spelled?.[position] ?? String(pattern.tokens[position]);
  const earlier = row === null ? [] : pattern.tokens.map((other, i) => (other === token && i < row ? i : -1)).filter((i) => i >= 0);
  const best = row === null ? null : Array.from({ length: row + 1 }, (_, key) => [key, weights[row * n + key]! / 255] as const).reduce((a, b) => (b[1] > a[1] ? b : a));
  return (
    <div className="pattern">
      <canvas ref={canvas} style={{ width: size, height: size, imageRendering: "pixelated" }} role="img" aria-label={`attention of head ${pattern.layer}.${pattern.head} at step ${pattern.step}`}
        onMouseMove={(event) => labels && setRow(Math.min(n - 1, Math.floor((event.nativeEvent.offsetY / size) * n)))} onMouseLeave={() => setRow(null)} />
      {labels && (
        <>
          <p className="tokens" aria-label="the sequence">
            {pattern.tokens.map((_, i) => (
              <span key={i} className={i === row ? "here" : earlier.includes(i) ? "same" : earlier.includes(i - 1) ? "after" : ""} onMouseEnter={() => setRow(i)} onMouseLeave={() => setRow(null)}>{shown(i)}</span>
            ))}
          </p>
          <p className="hint">
            {row === null || best === null ? "Hover a row, or a token: its earlier occurrences and what followed them are marked." : `Position ${row} (token ${shown(row)}) attends most to position ${best[0]} (token ${shown(best[0])}), ${(100 * best[1]).toFixed(0)}%${earlier.length > 0 ? `; its token stood at ${earlier.join(", ")} before` : ""}.`}
          </p>
        </>
      )}
    </div>
  );
}
