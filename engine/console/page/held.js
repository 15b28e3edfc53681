// Held: a parameter as a slider that says who holds it, with take over and give back.

import { html, useRef, useState } from "/page/vendor/preact-htm.js";

/** Milliseconds between two values that a moving slider sends. */
const EVERY_MS = 120;

/** Parameters that have no slider of their own on the screen. */
const OTHERS = [
  { name: "Tempo", parameter: "tempo_bpm", unit: "/min", digits: 0, now: (s) => s.tempo_bpm },
  { name: "Target", parameter: "target_bpm", unit: "/min", digits: 0, now: (s) => s.target_bpm },
  { name: "Brightness", parameter: "brightness", now: (s) => s.brightness },
  { name: "Foreground", parameter: "foreground_db", unit: "dB", digits: 1, now: () => 0 },
  { name: "Breath swell", parameter: "breath_depth_db", unit: "dB", digits: 1, now: (s) => s.breath_depth_db },
  { name: "Answer to heart and breath", parameter: "answer", ends: ["closes", "opens"], now: (s) => s.answer },
];

/** Low and high of every parameter in the profile that plays now. */
export function ranges(facts, snapshot, profiles) {
  if (facts === null) return {};
  const turned = snapshot !== null && snapshot.profile !== facts.profile;
  const now = turned ? profiles.find(({ name }) => name === snapshot.profile) : undefined;
  return now?.ranges ?? facts.ranges;
}

export function Others({ snapshot, limits, touch }) {
  return html`<div class="others">${OTHERS.map(({ now, ...each }) => html`
    <${Held} ...${each} now=${now(snapshot)} ...${{ snapshot, limits, touch }} />`)}</div>`;
}

export function Held({ name, parameter, now, snapshot, limits, touch, ends, unit, digits = 2, note }) {
  const [dragged, setDragged] = useState(null);
  const sending = useRef(false);
  const wanted = useRef(null);
  const range = limits[parameter];
  if (range === undefined) return null;
  const [low, high] = range;
  const holder = snapshot.holders[parameter];
  const value = dragged ?? snapshot.held[parameter] ?? now;
  const shown = value === null ? "–" : unit ? `${value.toFixed(digits)} ${unit}` : words(value, low, high, ends);

  // One at a time, the newest wins: a slow link is never flooded.
  const send = async (next) => {
    wanted.current = next;
    if (sending.current) return;
    sending.current = true;
    while (wanted.current !== null) {
      const sent = wanted.current;
      wanted.current = null;
      await touch({ kind: "touch", parameter, value: sent });
      await new Promise((done) => setTimeout(done, EVERY_MS));
    }
    sending.current = false;
    setDragged(null);
  };
  const moved = (event) => {
    const next = Number(event.target.value);
    setDragged(next);
    send(next);
  };
  const mine = holder === "therapist";
  return html`<div class=${`row${holder ? " is-held" : ""}`}>
    <label class="name" for=${`held-${parameter}`}>${name}</label>
    <span class="value" aria-hidden="true">${shown}</span>
    <input type="range" id=${`held-${parameter}`} min=${low} max=${high} step=${(high - low) / 100} value=${value ?? low}
      aria-valuetext=${shown} onInput=${moved} />
    <button class="small" aria-label=${`${mine ? "Give back" : "Take over"} ${name.toLowerCase()}`}
      disabled=${value === null}
      onClick=${() => touch({ kind: "touch", parameter, value: mine ? null : value })}>${mine ? "Give back" : "Take over"}</button>
    <small class="who">${holder && !mine ? html`<span class="hidden">held by the </span>${holder}` : note}</small>
  </div>`;
}

function words(value, low, high, ends) {
  if (low === -high) {
    const share = Math.round((100 * Math.abs(value)) / high);
    return share === 0 ? "even" : `${value < 0 ? ends[0] : ends[1]} ${share} %`;
  }
  return `${Math.round((100 * (value - low)) / (high - low))} %`;
}
