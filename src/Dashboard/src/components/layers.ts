export type GraphNode = { id: string; layer: number; role: string | null; name: string; under: string; tell: string; href?: string };
export type Kind = "k" | "q" | "v";
export type GraphEdge = { from: string; to: string; kind: Kind; excess: number; shown: string; z: string; n?: number; tell: string };

const margin = { top: 28, bottom: 38, side: 8 };
const row = 58;

/** Line width of an excess: the same at every step, in every run and group, so that pictures can be held against each other. */
export const thickness = (excess: number) => Math.max(1.25, Math.min(18, 70 * excess));

export const edgeId = (edge: GraphEdge) => `${edge.from} ${edge.kind} ${edge.to}`;

/** Where nodes stand, layer by layer from left to right, and how lines run between them: around the nodes of layers that they pass. */
export function layOut(nodes: GraphNode[], edges: GraphEdge[], width: number) {
  const layers = [...new Set(nodes.map((node) => node.layer))].sort((a, b) => a - b);
  const own = layers.map((layer) => nodes.filter((node) => node.layer === layer));
  const most = Math.max(...own.map((column) => column.length));
  const column = Math.max(84, Math.min(330, (width - 2 * margin.side) / Math.max(1, layers.length - 0.45)));
  const box = { width: Math.max(50, Math.min(168, 0.55 * column)), height: 38 };
  const size = { width: Math.max(216, 2 * margin.side + box.width + column * (layers.length - 1)), height: margin.top + margin.bottom + most * row };
  const X = (place: number) => margin.side + place * column;
  const Y = (place: number, i: number) => margin.top + (most * row) / 2 + (i - (own[place]!.length - 1) / 2) * row;
  const places = new Map(own.flatMap((column, place) => column.map((node, i) => [node.id, { node, place, x: X(place), y: Y(place, i) }] as const)));

  // Lines leave and reach a node side by side, in the order of their other ends.
  const ends = edges.filter((edge) => places.has(edge.from) && places.has(edge.to));
  const port = (edge: GraphEdge, at: "from" | "to", other: "from" | "to") => {
    const beside = ends.filter((each) => each[at] === edge[at]).sort((a, b) => places.get(a[other])!.y - places.get(b[other])!.y || a.kind.localeCompare(b.kind));
    return places.get(edge[at])!.y + (beside.indexOf(edge) - (beside.length - 1) / 2) * Math.min(9, (box.height - 8) / beside.length);
  };
  const lines = ends.map((edge, i) => {
    const [from, to] = [places.get(edge.from)!, places.get(edge.to)!];
    const [start, end] = [port(edge, "from", "to"), port(edge, "to", "from")];
    const stops: [number, number][] = [[from.x + box.width, start]];
    for (let place = from.place + 1; place < to.place; place++) {
      const straight = start + ((end - start) * (place - from.place)) / (to.place - from.place);
      const gaps = Array.from({ length: own[place]!.length + 1 }, (_, gap) => Y(place, gap) - row / 2);
      const gap = gaps.reduce((best, y) => (Math.abs(y - straight) < Math.abs(best - straight) ? y : best)) + ((i % 3) - 1) * 5;
      stops.push([X(place), gap], [X(place) + box.width, gap]);
    }
    stops.push([to.x, end]);
    const d = stops.map(([x, y], j) => {
      if (j % 2 === 0) return j === 0 ? `M${x} ${y}` : `L${x} ${y}`;
      const [before, height] = stops[j - 1]!;
      const middle = (before + x) / 2;
      return `C${middle} ${height} ${middle} ${y} ${x} ${y}`;
    }).join("");
    const [[x1, y1], [x2, y2]] = [stops[0]!, stops[1]!];
    const at = (t: number) => ({ x: (1 - t) ** 3 * x1 + 1.5 * (1 - t) * t * (x1 + x2) + t ** 3 * x2, y: (1 - t) ** 2 * (1 + 2 * t) * y1 + t * t * (3 - 2 * t) * y2 });
    return { edge, id: edgeId(edge), role: from.node.role, d, at };
  });
  return { size, box, layers: layers.map((layer, place) => ({ layer, x: X(place) + box.width / 2 })), nodes: [...places.values()], lines, scale: { x: margin.side, y: size.height - 8 } };
}
