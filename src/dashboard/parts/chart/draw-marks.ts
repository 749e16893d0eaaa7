import type uPlot from "uplot";
import type { MarksByPlace } from "./marks-of.ts";

const DASHES = [2, 3];
const HEAD_PX = 4;

/** Draws a line with a head at each place where something happened. */
export function drawMarks(plot: uPlot, marks: MarksByPlace | undefined, color: string): void {
  if (marks === undefined) return;
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(DASHES.map((px) => px * devicePixelRatio));
  for (const place of marks.keys()) {
    const x = plot.valToPos(place, "x", true);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, bbox.top, HEAD_PX * devicePixelRatio, 0, 2 * Math.PI);
    ctx.fill();
  }
  ctx.restore();
}
