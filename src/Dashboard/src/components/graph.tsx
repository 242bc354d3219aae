import { useMemo, useState } from "react";
import { Link } from "wouter";
import { score } from "../format";
import { roleColour, roleName } from "../palette";
import { edgeId, type GraphEdge, type GraphNode, type Kind, layOut, thickness } from "./layers";

export const kindName: Record<Kind, string> = { k: "K", q: "Q", v: "V" };
const dash: Record<Kind, string> = { k: "", q: "9 4", v: "2 4" };
const short: Record<string, string> = { induction: "ind", previous_token: "prev", duplicate_token: "dup", copying: "copy" };
const tableWidth = 330;

/** Heads, or roles, as nodes by layer from left to right, and what composes as lines between them, with their numbers beside. Hover and focus light what belongs together. */
export function Graph({ nodes, edges, width, label, hint }: { nodes: GraphNode[]; edges: GraphEdge[]; width: number; label: string; hint: string }) {
  const [lit, setLit] = useState<string | null>(null);
  const drawn = useMemo(() => layOut(nodes, edges, width), [nodes, edges, width]);
  const { box, size } = drawn;
  const roomy = box.width >= 134;
  const several = new Set(edges.map((edge) => edge.kind)).size > 1;
  const bright = (edge: GraphEdge) => lit === null || lit === edgeId(edge) || lit === edge.from || lit === edge.to;
  const near = (id: string) => lit === null || lit === id || edges.some((edge) => (edge.from === id || edge.to === id) && bright(edge));
  const reach = (id: string) => ({ onMouseEnter: () => setLit(id), onMouseLeave: () => setLit(null), onFocus: () => setLit(id), onBlur: () => setLit(null) });
  const told = edges.find((edge) => edgeId(edge) === lit)?.tell ?? nodes.find((node) => node.id === lit)?.tell ?? hint;
  const strongest = [...edges].sort((a, b) => b.excess - a.excess).slice(0, 3).map(edgeId);
  const named = drawn.lines.filter(({ id }) => (lit === null ? strongest.includes(id) : lit === id));
  const names = new Map(nodes.map((node) => [node.id, roomy || node.href === undefined ? node.id : node.name]));
  return (
    <>
      <div className="graphrow">
        <div className="scroll" tabIndex={0} role="region" aria-label={label}>
          <svg className="plot graph" width={size.width} height={size.height} viewBox={`0 0 ${size.width} ${size.height}`} role="group" aria-label={label}>
            {drawn.layers.map(({ layer, x }) => <text key={layer} x={x} y={14} textAnchor="middle">layer {layer}</text>)}
            {drawn.lines.map(({ edge, id, role, d }) => (
              <g key={id} className="edge" tabIndex={0} role="img" aria-label={edge.tell} {...reach(id)}>
                <path d={d} fill="none" stroke="transparent" strokeWidth={Math.max(12, thickness(edge.excess))} />
                <path d={d} fill="none" stroke={roleColour[role ?? "none"]} strokeWidth={thickness(edge.excess)} strokeOpacity={bright(edge) ? 0.75 : 0.1} strokeDasharray={dash[edge.kind]} />
              </g>
            ))}
            {drawn.nodes.map(({ node, x, y }) => {
              const frame = { x, y: y - box.height / 2, width: box.width, height: box.height, rx: 6 };
              const colour = roleColour[node.role ?? "none"]!;
              const shown = [roomy ? node.name : node.href ? node.id : short[node.role ?? ""] ?? "none", roomy ? node.under : node.href ? short[node.role ?? ""] ?? "" : ""] as const;
              const tell = roomy ? node.tell : `${shown.join(" ").trim()}: ${node.tell}`; // a name has in it what is read
              const inside = (
                <>
                  <rect {...frame} fill="var(--ground)" />
                  <rect {...frame} fill={colour} fillOpacity="0.14" stroke={colour} strokeWidth="2" />
                  <text className="name" x={x + box.width / 2} y={y + (shown[1] === "" ? 4 : -3)} textAnchor="middle">{shown[0]}</text>{" "}
                  <text x={x + box.width / 2} y={y + 12} textAnchor="middle">{shown[1]}</text>
                </>
              );
              const style = { opacity: near(node.id) ? 1 : 0.3 };
              return node.href === undefined
                ? <g key={node.id} className="node" tabIndex={0} role="img" aria-label={tell} style={style} {...reach(node.id)}>{inside}</g>
                : <Link key={node.id} href={node.href} asChild><a className="node" aria-label={tell} style={style} {...reach(node.id)}>{inside}</a></Link>;
            })}
            {named.map(({ edge, id, at }, i) => <text key={id} className="tip" {...at([0.5, 0.25, 0.75][i]!)} dy="4" textAnchor="middle">{several ? `${kindName[edge.kind]} ` : ""}{score(edge.excess, 2)}</text>)}
            <g aria-hidden="true">
              <text {...drawn.scale}>excess</text>
              {[0.05, 0.1, 0.2].map((excess, i) => (
                <g key={excess}>
                  <line x1={drawn.scale.x + 48 + 56 * i} x2={drawn.scale.x + 68 + 56 * i} y1={drawn.scale.y - 4} y2={drawn.scale.y - 4} stroke="var(--faint)" strokeWidth={thickness(excess)} />
                  <text x={drawn.scale.x + 72 + 56 * i} y={drawn.scale.y}>{excess}</text>
                </g>
              ))}
            </g>
          </svg>
        </div>
        {edges.length > 0 && width - size.width > tableWidth && (
          <div className="scroll" tabIndex={0} role="region" aria-label={`numbers of the ${label}`} style={{ maxHeight: size.height }}>
            <table>
              <thead><tr><th className="text">from</th><th className="text">to</th>{several && <th className="text">kind</th>}<th>excess</th><th>z</th>{edges[0]!.n !== undefined && <th>n</th>}</tr></thead>
              <tbody>{edges.map((edge) => (
                <tr key={edgeId(edge)} className={bright(edge) ? "" : "faint"} onMouseEnter={() => setLit(edgeId(edge))} onMouseLeave={() => setLit(null)}>
                  <td className="text">{names.get(edge.from)}</td><td className="text">{names.get(edge.to)}</td>{several && <td className="text">{kindName[edge.kind]}</td>}<td>{edge.shown}</td><td>{edge.z}</td>{edge.n !== undefined && <td>{edge.n}</td>}
                </tr>
              ))}</tbody>
            </table>
          </div>
        )}
      </div>
      <p className="hint" aria-live="polite">{told}</p>
    </>
  );
}

/** The roles of a graph by colour, and kinds of composition by kind of line. */
export function GraphLegend({ nodes, kinds }: { nodes: { role: string | null }[]; kinds: Kind[] }) {
  const found = [...new Set(nodes.map((node) => node.role ?? "none"))];
  return (
    <ul className="legend">
      {Object.keys(roleColour).filter((role) => found.includes(role)).map((role) => <li key={role}><span className="swatch" style={{ background: roleColour[role] }} /> {roleName(role)}</li>)}
      {kinds.length > 1 && kinds.map((kind) => <li key={kind}><svg width="30" height="8" aria-hidden="true"><line x1="0" x2="30" y1="4" y2="4" stroke="var(--ink)" strokeWidth="3" strokeDasharray={dash[kind]} /></svg> {kindName[kind]}</li>)}
    </ul>
  );
}
