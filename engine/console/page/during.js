// During: the one screen of a live session. Every figure, every control, nothing that scrolls.

import { html, useEffect, useRef, useState } from "/page/vendor/preact-htm.js";
import { useArrival } from "/page/arrival.js";
import { Chart, LEGEND } from "/page/chart.js";
import { Held, Others, ranges } from "/page/held.js";
import { Invite } from "/page/invite.js";
import { Link, ask, insist, newKey } from "/page/link.js";
import { LOOPS } from "/page/pads.js";
import { theirs } from "/page/theirs.js";
import { Line, WordsPanel } from "/page/words.js";

/** Words of the marker keys (SCIENCE.md C2), the same as at the terminal's. */
export const MARKERS = [
  "settled", "tearful", "overwhelmed", "restless", "spoke", "with the breath", "imagery", "a memory",
  "this moment",
];

/** Seconds over which a trend is told, and what is no trend: beats a minute. */
const TREND_S = 60;
const EVEN_BPM = 1.5;

/** Milliseconds between two looks for the listener's page, where the journal is busy. */
const PAGE_AGAIN_MS = 1000;

/** Milliseconds of silence after which the list of rooms, which is asked for every 2 s, is believed. */
const ENDED_MS = 5000;

const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
const whole = (value) => (value === null || value === undefined ? "–" : Math.round(value));

export function During({ room, rooms, choose, over }) {
  const heading = useArrival();
  const [, redraw] = useState(0);
  const live = useRef(null);
  const chart = useRef(null);
  const canvas = useRef(null);
  const heart = useRef([]);
  const [profiles, setProfiles] = useState([]);
  const [said, setSaid] = useState({ words: "", heard: true });
  const [why, setWhy] = useState("");
  const [panel, setPanel] = useState(null);
  const [keys, setKeys] = useState(true);
  const [page, setPage] = useState(null);
  const [teaching, setTeaching] = useState(false);
  const state = useRef({ facts: null, sitting: null, snapshot: null, gone: false });
  const asked = useRef(null);
  const pages = useRef(0); // how often the listener's page was told or looked for: an answer that is late is none

  useEffect(() => {
    const lookForPage = async (sitting) => {
      const mine = (pages.current += 1);
      while (mine === pages.current) {
        try {
          const found = await ask("GET", `/api/sittings/${sitting}/page`);
          if (mine === pages.current) setPage(found);
          return;
        } catch (refused) {
          if (refused.status !== 0 && refused.status !== 503) return;
          await new Promise((wake) => setTimeout(wake, PAGE_AGAIN_MS));
        }
      }
    };
    insist("GET", "/api/profiles", undefined, {}, Infinity).then(setProfiles, () => {});
    chart.current = new Chart(canvas.current);
    const seen = (name, data) => {
      const now = state.current;
      if (name === "hello") {
        if (data.sitting !== now.sitting) setPage(null);
        // What stood there stays until the next state, old and off: no button moves away under a finger.
        const snapshot = data.sitting === now.sitting ? now.snapshot : null;
        Object.assign(now, { facts: data.facts, sitting: data.sitting, snapshot, gone: false });
        const marks = data.said.filter((each) => each.kind === "mark");
        chart.current.begin(data.history, marks.map(({ t, words }) => ({ t, words })));
        heart.current = data.history.t.map((t, index) => [t, data.history.hr_bpm[index]]);
        setWhy(data.said.findLast((each) => each.kind === "decision")?.words ?? "");
        pages.current += 1;
        if (data.sitting !== null) lookForPage(data.sitting);
      } else if (name === "page") {
        pages.current += 1;
        setPage(data);
      } else if (name === "state" && data.sitting === now.sitting) {
        now.snapshot = data.snapshot;
        chart.current.add(data.snapshot);
        const { t, hr_bpm: bpm } = data.snapshot;
        if (t >= (heart.current.at(-1)?.[0] ?? -1) + 1) heart.current.push([t, bpm]);
        if (heart.current.length > 2 * TREND_S) heart.current.splice(0, TREND_S);
      } else if (name === "event" && data.kind === "mark") {
        chart.current.mark(data.t, data.words);
      } else if (name === "event" && data.kind === "decision") {
        setWhy(data.words);
      } else if (name === "sounding" && data.id === asked.current) {
        setSaid((before) => ({ ...before, heard: true }));
      } else if (name === "over") {
        over(data.sitting);
      } else if (name === "gone") {
        now.gone = true;
      }
      redraw((count) => count + 1);
    };
    live.current = new Link(room, seen, () => redraw((count) => count + 1));
    return () => {
      pages.current += 1;
      live.current.close();
      chart.current.close();
    };
  }, [room]);

  const { facts, sitting, snapshot, gone } = state.current;
  const link = live.current;
  const stale = link === null || link.stale || gone || snapshot === null;
  // It ended while this page was away, or without a word: the rooms say so, since the console itself is heard.
  const ended = link !== null && (gone || link.age > ENDED_MS) && sitting !== null
    && !rooms.some((each) => each.sitting === sitting);
  const deaf = link === null || link.deaf || sitting === null || gone;

  const touch = async (asking) => {
    // What is touched while a knob is taught is what the knob becomes.
    const taught = teaching && (asking.kind === "touch" || asking.kind === "act");
    const wish = taught ? { kind: "learn", name: asking.parameter ?? asking.name } : asking;
    if (taught) setTeaching(false);
    const key = newKey();
    asked.current = key;
    try {
      const path = `/api/rooms/${encodeURIComponent(room)}/touches`;
      const answer = await insist("POST", path, { sitting, wish }, { "idempotency-key": key });
      if (asked.current === key) setSaid({ words: answer.words, heard: !answer.done });
      return answer.done;
    } catch (refused) {
      setSaid({ words: refused.message, heard: true });
      return false;
    }
  };
  const act = (name) => touch({ kind: "act", name });
  const stop = () => insist("POST", `/api/rooms/${encodeURIComponent(room)}/stop`, { sitting })
    .then(() => setSaid({ words: "Stopped.", heard: true }), (refused) => setSaid({ words: refused.message, heard: true }));

  const latest = useRef({});
  latest.current = { touch, stale, keys };
  useEffect(() => {
    const pressed = (event) => {
      const { touch: send, stale: off, keys: on } = latest.current;
      const typing = event.target.closest?.("input:not([type=range]):not([type=checkbox]), textarea, select");
      if (off || !on || typing || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
      const words = MARKERS[Number(event.key) - 1];
      if (words !== undefined) send({ kind: "mark", words });
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);

  const limits = ranges(facts, snapshot, profiles);
  const silent = snapshot?.holders.silence !== undefined && snapshot.held.silence > 0;
  const holding = snapshot?.holders.tempo_bpm !== undefined;
  const resume = () => touch({
    kind: "touch", parameter: "silence", value: snapshot.holders.silence === "therapist" ? null : 0,
  });
  const release = () => touch({
    kind: "touch", parameter: "tempo_bpm",
    value: snapshot.holders.tempo_bpm === "therapist" ? null : snapshot.held.tempo_bpm,
  });

  const wrong = snapshot && [snapshot.output_away ? snapshot.output_words : "", snapshot.trouble].filter(Boolean).join(" ");

  return html`<main class=${`during${stale ? " stale" : ""}`}>
    <header>
      <h1 class="mark" ref=${heading} tabindex="-1">Calando <span class="hidden">during the music</span></h1>
      <label class="inline">Room
        <select value=${room} onChange=${(event) => choose(event.target.value || null)}>
          ${[...new Set([room, ...rooms.map((each) => each.room)])].map((name) => html`<option value=${name}>${name}</option>`)}
          <option value="">another…</option>
        </select>
      </label>
      <span class="who">${facts?.client ?? "no code"}${facts !== null && !facts?.kept ? " · no record" : ""}</span>
      <span class="time" aria-label="time">${snapshot ? clock(snapshot.t) : "–"} of ${facts ? clock(facts.duration_s) : "–"}</span>
      <span class="signal">${snapshot ? signal(snapshot) : ""}</span>
      ${facts?.guide && html`<button class="small" onClick=${() => setPanel(panel === "words" ? null : "words")}
        aria-expanded=${panel === "words"}>Words</button>`}
      <button class="small" onClick=${() => setPanel(panel === "devices" ? null : "devices")}
        aria-expanded=${panel === "devices"}>Devices</button>
    </header>

    ${stale && html`<p class="age" role="alert">${gone || ended
      ? ended ? "This sitting is over." : `Nothing plays in the room ${room}.`
      : `Nothing heard for ${link ? (link.age / 1000).toFixed(1) : "0.0"} s. What stands here is that old, and the controls${deaf ? "" : " but Stop"} are off until it returns.`}
      ${ended && html`<button onClick=${() => over(sitting)}>After the music</button>`}
      ${(gone || ended) && html`<button onClick=${() => choose(null)}>Begin another sitting</button>`}</p>`}

    <section class="see" aria-label="What is heard">
      <div class="figures">
        <${Figure} name="Heart" unit="a minute" value=${whole(snapshot?.hr_bpm)} tone="heart"
          arrow=${trend(heart.current)} words=${usual(snapshot, facts)} />
        <${Figure} name="Breath" unit="a minute" value=${whole(snapshot?.breath_per_min)} tone="breath"
          words=${breath(snapshot)} />
        <${Figure} name="Tempo" unit="a minute" value=${whole(snapshot?.tempo_bpm)} tone="tempo"
          words=${snapshot ? loudness(snapshot) : ""} />
      </div>
      ${wrong
        ? html`<p class="why wrong" role="status">${theirs(wrong)}</p>`
        : html`<p class="why"><strong>${snapshot ? sentence(snapshot) : "…"}</strong> <span>${theirs(why)}</span></p>`}
      <div class="lines">
        <p class="said" role="status">${said.words}${said.words && (said.heard ? "" : " …")}</p>
        ${panel !== "words" && html`<${Line} snapshot=${snapshot} />`}
        <${Writes} page=${page} open=${panel === "page"} turn=${() => setPanel(panel === "page" ? null : "page")} />
      </div>
      <div class="below">
        <div class="chart" ref=${canvas} role="img" aria-label="Heart, tempo and breath over the sitting"
          hidden=${panel !== null}></div>
        ${panel === null && html`<p class="legend" aria-hidden="true">${LEGEND.map(({ label, stroke, dashed }) => html`
          <span><svg width="22" height="8"><line x1="0" y1="4" x2="22" y2="4" stroke=${stroke} stroke-width="2.5"
            stroke-dasharray=${dashed ? "5 4" : ""} /></svg>${label}</span>`)}</p>`}
        ${panel === "others" && snapshot && html`<fieldset disabled=${stale}>
          <${Others} snapshot=${snapshot} limits=${limits} touch=${touch} />
          ${facts?.along && html`<div class="along"><button class=${`small${teaching ? " on" : ""}`} aria-pressed=${teaching} onClick=${() => {
            setTeaching(!teaching);
            setSaid({ words: teaching ? "" : "Touch the control that a knob shall be, then move the knob.", heard: true });
          }}>Teach a knob</button>
          <span>What was played:</span>${LOOPS.map(({ what, words }) => html`<button class="small"
            onClick=${() => touch({ kind: "loop", what })}>${words}</button>`)}</div>`}</fieldset>`}
        ${panel === "words" && snapshot && html`<fieldset disabled=${stale}>
          <legend class="hidden">The words of the guide</legend>
          <${WordsPanel} snapshot=${snapshot} limits=${limits} touch=${touch} /></fieldset>`}
        ${panel === "devices" && html`<${Invite} room=${room} sounds=${theirs(snapshot?.output_words ?? "")} />`}
        ${panel === "page" && html`<section class="shared" aria-label="What the listener shares" tabindex="0">
          ${page?.shared.map((words) => html`<p>${words}</p>`)}</section>`}
      </div>
      <fieldset class="markers" disabled=${stale}>
        <legend class="hidden">Mark this moment</legend>
        ${MARKERS.map((words, index) => html`<button onClick=${() => touch({ kind: "mark", words })}>
          <span class="key" aria-hidden="true">${index + 1}</span> ${words}</button>`)}
        <${OwnMark} touch=${touch} />
      </fieldset>
    </section>

    <section class="touch" aria-label="Controls">
      <button class="stop" disabled=${deaf} onClick=${stop}>Stop</button>
      <fieldset class="hands" disabled=${stale}>
      <legend class="hidden">What the music may be asked</legend>
      <div class="acts">
        <button onClick=${() => act("soften")}>Soften</button>
        ${silent
          ? html`<button class="on" onClick=${resume}>Resume</button>`
          : html`<button onClick=${() => act("hush")}>Silence</button>`}
        <button class=${holding ? "on" : ""} aria-pressed=${holding}
          onClick=${() => (holding ? release() : act("hold"))}>Hold</button>
        <button onClick=${() => act("rematch")}>Re-match</button>
        <button onClick=${() => touch({ kind: "undo" })}>Undo</button>
        <button onClick=${() => touch({ kind: "end", at_once: false })}>End gently</button>
      </div>
      ${snapshot && html`<div class="held">
        <${Held} name="Calm-energy" parameter="energy" ends=${["calm", "energy"]} now=${0} ...${{ snapshot, limits, touch }} />
        <${Held} name="Tender-bright" parameter="mood" ends=${["tender", "bright"]} now=${snapshot.mood} ...${{ snapshot, limits, touch }} />
        <${Held} name="Density" parameter="density" now=${snapshot.density} ...${{ snapshot, limits, touch }} />
        <${Held} name="Breath guide rate" parameter="breath_guide_per_min" unit="/min" digits=${1}
          now=${snapshot.breath_guide_per_min} ...${{ snapshot, limits, touch }} />
        <${Held} name="Heart presence" parameter="pulse_level" now=${snapshot.pulse_level} ...${{ snapshot, limits, touch }} />
        <${Held} name="Loudness trim" parameter="trim_db" unit="dB" digits=${1} now=${0} note="cap locked" ...${{ snapshot, limits, touch }} />
        <${BreathSwitch} snapshot=${snapshot} touch=${touch} />
        <label class="switch"><input type="checkbox" checked=${keys}
          onChange=${(event) => setKeys(event.target.checked)} /> Keys 1-9 mark</label>
        <button class="small" aria-expanded=${panel === "others"}
          onClick=${() => setPanel(panel === "others" ? null : "others")}>All parameters</button>
        <button class="small" onClick=${() => act("resume")}>Give all back</button>
      </div>
      <${TurnTo} profiles=${profiles} now=${snapshot.profile} touch=${touch} />`}
      </fieldset>
    </section>
  </main>`;
}

function Figure({ name, unit, value, words, tone, arrow }) {
  return html`<div class=${`figure ${tone}`} role="group" aria-label=${name}>
    <h2>${name} <small>${unit}</small></h2>
    <p class="number">${value}${arrow && html`<span class="arrow" role="img" aria-label=${arrow.words}>${arrow.sign}</span>`}</p>
    <p class="note">${words}</p>
  </div>`;
}

/** That the listener writes, and never what, unless they share it. */
function Writes({ page, open, turn }) {
  if (!page?.written && !page?.concern) return null;
  return html`<p class=${`writes${page.concern ? " concern" : ""}`}>
    <span role="status">${page.concern ? "The listener wrote something you may want to ask about." : "The listener writes."}</span>
    ${page.shared.length > 0 && html`<button class="small" aria-expanded=${open} onClick=${turn}>Read what is shared</button>`}
  </p>`;
}

function OwnMark({ touch }) {
  const [words, setWords] = useState("");
  const send = async (event) => {
    event.preventDefault();
    if (words.trim() !== "" && await touch({ kind: "mark", words: words.trim() })) setWords("");
  };
  return html`<form class="own" onSubmit=${send}>
    <input aria-label="Marker in your own words" placeholder="in your own words" maxlength="200" value=${words}
      onInput=${(event) => setWords(event.target.value)} />
    <button disabled=${words.trim() === ""}>Mark</button>
  </form>`;
}

function BreathSwitch({ snapshot, touch }) {
  const off = snapshot.held.breath_depth_db === 0;
  return html`<label class="switch"><input type="checkbox" role="switch" checked=${!off} onChange=${(event) => touch({
    kind: "touch", parameter: "breath_depth_db",
    value: event.target.checked ? (snapshot.holders.breath_depth_db === "therapist" ? null : snapshot.breath_depth_db) : 0,
  })} /> Breath guide</label>`;
}

function TurnTo({ profiles, now, touch }) {
  const [chosen, setChosen] = useState(now);
  useEffect(() => setChosen(now), [now]);
  return html`<div class="turn">
    <label class="inline">Profile <select value=${chosen} onChange=${(event) => setChosen(event.target.value)}>
      ${profiles.map(({ name, title }) => html`<option value=${name}>${title}</option>`)}
    </select></label>
    <button disabled=${chosen === now} onClick=${() => touch({ kind: "turn", profile: chosen })}>Crossfade</button>
  </div>`;
}

function signal(snapshot) {
  const heart = snapshot.simulated ? "SIMULATED heart" : snapshot.sensor;
  if (snapshot.link !== "live") return `${heart}: ${snapshot.link_words || snapshot.link}`;
  const clean = snapshot.irregular ? "irregular" : snapshot.quality >= 0.9 ? "clear" : snapshot.quality >= 0.7 ? "fair" : "unclear";
  return `${heart}: ${clean}`;
}

function usual(snapshot, facts) {
  if (!snapshot || snapshot.hr_bpm === null) return snapshot ? snapshot.link_words : "";
  if (facts?.usual_bpm == null) return "usual not known yet";
  const over = Math.round(snapshot.hr_bpm - facts.usual_bpm);
  const where = over === 0 ? "at" : over > 0 ? `${over} above` : `${-over} below`;
  return `${where} their usual ${Math.round(facts.usual_bpm)}`;
}

function breath(snapshot) {
  if (!snapshot) return "";
  const guide = `guide ${snapshot.breath_guide_per_min.toFixed(1)}`;
  if (snapshot.breath_per_min === null) return `${guide} · own not sure yet`;
  return `${guide} · ${Math.round(snapshot.breath_confidence * 100)} % sure`;
}

function loudness(snapshot) {
  return snapshot.lufs_s === null ? "silent" : `${snapshot.lufs_s.toFixed(0).replace("-", "−")} LUFS${snapshot.target_bpm === null ? "" : ` · toward ${whole(snapshot.target_bpm)}`}`;
}

function sentence(snapshot) {
  const bent = snapshot.answer_words ? `, and it ${snapshot.answer_words}` : "";
  const doing = `${snapshot.doing[0].toUpperCase()}${snapshot.doing.slice(1)}`;
  return theirs(`${doing}${bent}: ${snapshot.density.toFixed(1)} notes a second, ${tone(snapshot.mood)}${together(snapshot.in_step)}.`);
}

/** How well the swell and the listener's breath go together, 0 to 1, once that is known. */
function together(inStep) {
  return inStep === null || inStep === undefined ? "" : `; breath in step ${inStep.toFixed(2)}`;
}

function tone(mood) {
  return mood > 0.5 ? "bright" : mood > 0.15 ? "warm" : mood > -0.2 ? "tender" : mood > -0.55 ? "dark" : "grave";
}

/** Where the heart has gone in the last minute; nothing where that is not known. */
function trend(heart) {
  const last = heart.at(-1);
  if (last === undefined) return null;
  const recent = heart.filter(([t, bpm]) => bpm !== null && t >= last[0] - TREND_S);
  if (recent.length < TREND_S / 3) return null;
  const third = Math.floor(recent.length / 3);
  const mean = (points) => points.reduce((sum, [, bpm]) => sum + bpm, 0) / points.length;
  const change = mean(recent.slice(-third)) - mean(recent.slice(0, third));
  if (change > EVEN_BPM) return { sign: "↗", words: "rising" };
  return change < -EVEN_BPM ? { sign: "↘", words: "falling" } : { sign: "→", words: "even" };
}
