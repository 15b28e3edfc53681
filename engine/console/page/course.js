// Course: how fast a heart was at rest, sitting by sitting, drawn over the weeks that lie between.

import { html } from "/page/vendor/preact-htm.js";

const DAY_MS = 86400000;
const WEEK_DAYS = 7;

/** Beats a minute that the height of the drawing spans at least: what is less is no course. */
const LEAST_BPM = 6;

/** Points of the line in a box: its place is the day, not the number of the sitting. */
function points(course, width, height) {
  const days = course.map(({ at }) => Date.parse(at) / DAY_MS);
  const bpm = course.map((each) => each.resting_bpm);
  const low = Math.min(...bpm), high = Math.max(...bpm), spread = Math.max(high - low, LEAST_BPM);
  const lasted = Math.max(days.at(-1) - days[0], 1e-6);
  return bpm.map((value, index) => [
    3 + ((width - 6) * (days[index] - days[0])) / lasted,
    height / 2 - ((height - 6) * (value - (low + high) / 2)) / spread,
  ]);
}

function words(course) {
  const [first, last] = [course[0], course.at(-1)];
  const days = Math.round((Date.parse(last.at) - Date.parse(first.at)) / DAY_MS);
  const weeks = Math.round(days / WEEK_DAYS);
  const over = days < 2 * WEEK_DAYS ? `${days} ${days === 1 ? "day" : "days"}` : `${weeks} weeks`;
  return `${Math.round(first.resting_bpm)} → ${Math.round(last.resting_bpm)} at rest in ${over}`;
}

function Drawn({ course, width, height }) {
  const at = points(course, width, height);
  return html`<svg viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${words(course)}>
    <polyline points=${at.join(" ")} fill="none" stroke="#ff9e8f" stroke-width="1.5" opacity="0.75" />
    ${at.map(([x, y], index) => html`<circle cx=${x} cy=${y} r=${index === at.length - 1 ? 3 : 1.75} fill="#ff9e8f" />`)}</svg>`;
}

/** A small one, for a list. */
export function Line({ course }) {
  return course.length < 2 ? null : html`<${Drawn} course=${course} width=${96} height=${26} />`;
}

/** One with its caption. */
export function Course({ course }) {
  return html`<figure class="course"><${Drawn} course=${course} width=${240} height=${48} />
    <figcaption><small>${words(course)}, ${course.length} sittings</small></figcaption></figure>`;
}
