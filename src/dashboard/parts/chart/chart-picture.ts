import UPlot from "uplot";
import type { ComparedWith } from "../../app/view.ts";
import { metricName, words } from "../../words/words.ts";
import type { ChartProps } from "./chart.tsx";
import { drawMarks } from "./draw-marks.ts";
import { FONT_FAMILY, plotNumbers, plotOptions } from "./plot-options.ts";

const WIDTH = 1_200;
const PLOT_HEIGHT = 480;
const MARGIN = 32;
const HEAD_HEIGHT = 92;
/** Of the light page: a picture goes where the background is unknown. */
const COLORS: Readonly<Record<string, string>> = {
  text: "#1b2330",
  quiet: "#5a6575",
  line: "#e3e6eb",
  accent: "#3f57cc",
  "accent-fill": "rgb(63 87 204 / 12%)",
  compared: "#98a2b3",
  warn: "#8a5a00",
};
const colorOf = (name: string) => COLORS[name] ?? "#000000";

export interface Picture extends ChartProps {
  /** The site. */
  readonly title: string;
  readonly period: string;
  readonly compare: ComparedWith;
  /** In words. */
  readonly filters: readonly string[];
}

/** Resolves with the chart as a PNG, on white, with its title, period and legend. */
export async function chartPicture(picture: Picture): Promise<Blob> {
  const plot = await plotCanvas(picture);
  const canvas = document.createElement("canvas");
  canvas.width = (WIDTH + 2 * MARGIN) * devicePixelRatio;
  canvas.height = (HEAD_HEIGHT + PLOT_HEIGHT + MARGIN) * devicePixelRatio;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser draws nothing");
  context.scale(devicePixelRatio, devicePixelRatio);
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  drawHead(context, picture);
  context.drawImage(plot, MARGIN, HEAD_HEIGHT, WIDTH, PLOT_HEIGHT);
  return await new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob === null) reject(new Error("The picture is empty"));
      else resolve(blob);
    }, "image/png");
  });
}

async function plotCanvas({ data, metric, unit, marks }: Picture): Promise<HTMLCanvasElement> {
  const look = { width: WIDTH, height: PLOT_HEIGHT, color: colorOf };
  const { promise, resolve } = Promise.withResolvers<HTMLCanvasElement>();
  const options: UPlot.Options = {
    ...plotOptions(data, { metric, unit }, look),
    hooks: {
      draw: [
        (plot) => {
          drawMarks(plot, marks, colorOf("warn"));
          resolve(plot.ctx.canvas);
        },
      ],
    },
  };
  const made = new UPlot(options, plotNumbers(data), document.createElement("div"));
  const canvas = await promise;
  made.destroy();
  return canvas;
}

function drawHead(context: CanvasRenderingContext2D, picture: Picture): void {
  const { title, filters, period, metric, data } = picture;
  const write = (text: string, { x, y, font, color }: Writing) => {
    context.font = `${font} ${FONT_FAMILY}`;
    context.fillStyle = colorOf(color);
    context.fillText(text, x, y, WIDTH);
    return x + context.measureText(text).width;
  };
  const heading = [title, ...filters].join(" · ");
  write(heading, { x: MARGIN, y: 40, font: "600 22px", color: "text" });
  let x = MARGIN;
  const key = (text: string, color: string) => {
    context.fillStyle = colorOf(color);
    context.fillRect(x, 66, 18, 3);
    x = write(text, { x: x + 26, y: 72, font: "14px", color: "quiet" }) + 24;
  };
  key(`${metricName(metric)} · ${period}`, "accent");
  if (data.compared !== undefined) key(words.comparisons[picture.compare], "compared");
}

interface Writing {
  readonly x: number;
  readonly y: number;
  readonly font: string;
  readonly color: string;
}
