import { score } from "../format";
import { named } from "../palette";

export type Entry = { from: string; to: string; value: number };

const row = 21;
const margin = { top: 22, bottom: 6 };

/** Entries of a circuit between tokens as bars from nothing, the largest first. An entry of a token with itself is marked: that is what copying and matching look like. */
export function Entries({ entries, width, label, up, down }: { entries: Entry[]; width: number; label: string; up: string; down: string }) {
  const most = Math.max(...entries.map((entry) => Math.abs(entry.value)), Number.MIN_VALUE);
  const names = Math.min(190, 26 + 7.2 * Math.max(...entries.map((entry) => entry.from.length + entry.to.length + 3)));
  const number = 52;
  const centre = names + (width - names) / 2;
  const reach = (width - names) / 2 - number;
  const height = margin.top + margin.bottom + row * entries.length;
  return (
    <svg className="plot entries" width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${label}: ${entries.map((entry) => `${entry.from} to ${entry.to} ${score(entry.value, 2)}`).join(", ")}`}>
      <text x={centre - 8} y={14} textAnchor="end">{down}</text>
      <text x={centre + 8} y={14}>{up}</text>
      {entries.map((entry, i) => {
        const y = margin.top + i * row;
        const length = Math.max(1, (Math.abs(entry.value) / most) * reach);
        const positive = entry.value >= 0;
        return (
          <g key={`${entry.from} ${entry.to} ${i}`}>
            {entry.from === entry.to && <circle cx={6} cy={y + row / 2 - 1} r="3.5" fill="var(--accent)" />}
            <text className="name" x={18} y={y + 15}>{entry.from} → {entry.to}</text>
            <rect x={positive ? centre : centre - length} y={y + 3} width={length} height={row - 7} rx="2" fill={positive ? named[0] : named[1]} fillOpacity="0.85" />
            <text x={positive ? centre + length + 5 : centre - length - 5} y={y + 15} textAnchor={positive ? "start" : "end"}>{score(entry.value, 2)}</text>
          </g>
        );
      })}
      <line className="axis" x1={centre} x2={centre} y1={margin.top} y2={height - margin.bottom} />
    </svg>
  );
}
