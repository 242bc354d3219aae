/** A canvas of that size with nothing on it, in the display's own pixels. */
export function clear(canvas: HTMLCanvasElement | null, width: number, height: number): CanvasRenderingContext2D | null {
  const context = canvas?.getContext("2d") ?? null;
  if (!canvas || !context) return null;
  const dense = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [width * dense, height * dense];
  context.setTransform(dense, 0, 0, dense, 0, 0);
  return context;
}

/** Canvases that lie over each other as one, on the page's ground, as large as they are shown. */
export function flatten(canvases: HTMLCanvasElement[]): HTMLCanvasElement {
  const all = document.createElement("canvas");
  const dense = window.devicePixelRatio || 1;
  [all.width, all.height] = [canvases[0]!.clientWidth * dense, canvases[0]!.clientHeight * dense];
  const context = all.getContext("2d")!;
  context.imageSmoothingEnabled = false; // a weight is a square
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--ground");
  context.fillRect(0, 0, all.width, all.height);
  for (const canvas of canvases) context.drawImage(canvas, 0, 0, all.width, all.height);
  return all;
}
