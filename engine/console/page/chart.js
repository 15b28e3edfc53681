// Chart: heart, tempo and breath over the whole sitting, on bands of its stages, with its markers.

import uPlot from "/page/vendor/uplot.js";

/** Points a series has at most: a chart is not wider. */
const MOST_POINTS = 2000;

const SERIES = [
  { name: "hr_bpm", label: "heart", stroke: "#ff9e8f", width: 2.5, scale: "bpm" },
  { name: "tempo_bpm", label: "tempo", stroke: "#8fb8ff", width: 2, scale: "bpm" },
  { name: "breath_per_min", label: "breath", stroke: "#7fd1c1", width: 2, scale: "breath" },
  { name: "breath_guide_per_min", label: "breath guide", stroke: "#7fd1c1", width: 1.5, dash: [5, 5], scale: "breath" },
];

const TINTS = {
  match: "#17212e", guide: "#14231d", stall: "#262214", "back-off": "#2a1b15", arrive: "#122526",
  coast: "#1d1d1c", end: "#221b28",
};

const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

/** The legend, in words and strokes. */
export const LEGEND = SERIES.map(({ label, stroke, dash }) => ({ label, stroke, dashed: Boolean(dash) }));

export class Chart {
  constructor(element) {
    this._element = element;
    this._clear();
    const axis = (more) => ({
      stroke: "#aab6c1", font: "13px system-ui, sans-serif", grid: { stroke: "#ffffff10", width: 1 },
      ticks: { show: false }, ...more,
    });
    this._plot = new uPlot({
      width: 100, height: 100, legend: { show: false }, cursor: { show: false }, padding: [8, 4, 0, 0],
      scales: {
        x: { time: false, range: (_, low, high) => [low ?? 0, Math.max(high ?? 0, (low ?? 0) + 120)] },
        bpm: { range: (_, low, high) => around(low, high, 20) },
        breath: { range: (_, low, high) => [0, Math.max(12, Math.ceil((high ?? 0) / 6 + 0.5) * 6)] },
      },
      axes: [
        axis({ values: (_, ticks) => ticks.map(clock), size: 26, space: 80 }),
        axis({ scale: "bpm", size: 40, space: 34 }),
        axis({ scale: "breath", side: 1, size: 34, space: 34, grid: { show: false } }),
      ],
      series: [{}, ...SERIES.map(({ name, ...series }) => ({ ...series, points: { show: false }, spanGaps: false }))],
      hooks: { drawClear: [(plot) => this._bands(plot)], draw: [(plot) => this._markers(plot)] },
    }, this._data(), element);
    this._sized = new ResizeObserver(() => this._fit());
    this._sized.observe(element);
    this._fit();
  }

  /** Begin with a sitting's history, in columns. */
  begin(history, marks) {
    this._clear();
    const times = history.t ?? [];
    for (let index = 0; index < times.length; index += 1) {
      this._push(Object.fromEntries(Object.entries(history).map(([name, column]) => [name, column[index]])));
    }
    this._marks = marks;
    this._plot.setData(this._data());
  }

  /** One more point, drawn once a second. */
  add(snapshot) {
    const last = this._columns.t.at(-1);
    if (last !== undefined && snapshot.t < last + 1) return;
    this._push(snapshot);
    if (this._columns.t.length > MOST_POINTS) this._thin();
    this._plot.setData(this._data());
  }

  mark(t, words) {
    this._marks.push({ t, words });
    this._plot.redraw(false);
  }

  close() {
    this._sized.disconnect();
    this._plot.destroy();
  }

  _clear() {
    this._columns = { t: [], stage: [], ...Object.fromEntries(SERIES.map(({ name }) => [name, []])) };
    this._marks = [];
  }

  _push(point) {
    for (const name of Object.keys(this._columns)) this._columns[name].push(point[name] ?? null);
  }

  _thin() {
    const odd = (this._columns.t.length - 1) % 2;  // the newest stays
    for (const name of Object.keys(this._columns)) {
      this._columns[name] = this._columns[name].filter((_, index) => index % 2 === odd);
    }
  }

  _data() {
    return [this._columns.t, ...SERIES.map(({ name }) => this._columns[name])];
  }

  _fit() {
    const { width, height } = this._element.getBoundingClientRect();
    if (width > 0 && height > 0) this._plot.setSize({ width: Math.floor(width), height: Math.floor(height) });
  }

  _bands(plot) {
    const { ctx, bbox } = plot;
    const { t, stage } = this._columns;
    for (let first = 0; first < t.length;) {
      let next = first + 1;
      while (next < t.length && stage[next] === stage[first]) next += 1;
      const from = Math.max(plot.valToPos(t[first], "x", true), bbox.left);
      const to = plot.valToPos(t[Math.min(next, t.length - 1)], "x", true);
      ctx.fillStyle = TINTS[stage[first]] ?? "transparent";
      ctx.fillRect(from, bbox.top, to - from, bbox.height);
      first = next;
    }
  }

  _markers(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = "#ffd479";
    ctx.fillStyle = "#ffd479";
    ctx.lineWidth = devicePixelRatio;
    ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    let free = [0, 0];
    for (const { t, words } of this._marks) {
      const x = plot.valToPos(t, "x", true);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const row = free[0] <= x ? 0 : free[1] <= x ? 1 : -1;
      if (row < 0) continue;
      const short = words.length > 18 ? `${words.slice(0, 17)}…` : words;
      ctx.fillText(short, x + 4 * devicePixelRatio, bbox.top + (13 + 14 * row) * devicePixelRatio);
      free[row] = x + ctx.measureText(short).width + 10 * devicePixelRatio;
    }
    ctx.restore();
  }
}

function around(low, high, least) {
  if (low === null || high === null || low === undefined || high === undefined) return [50, 90];
  const middle = (low + high) / 2;
  const half = Math.max(high - low, least) / 2 + 3;
  return [Math.floor(middle - half), Math.ceil(middle + half)];
}
