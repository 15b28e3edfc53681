// Before: who sits here, what is kept of it, what it is for, and with what heart. Then it begins.

import { html, useEffect, useState } from "/page/vendor/preact-htm.js";
import { useArrival } from "/page/arrival.js";
import { Preview, SignalCheck, VolumeCheck } from "/page/check.js";
import { Clients } from "/page/clients.js";
import { ask, insist, newKey } from "/page/link.js";
import { Scales } from "/page/scale.js";
import { Templates } from "/page/templates.js";

const SENSORS = [
  { kind: "ble", words: "A chest strap within reach" },
  { kind: "auto", words: "A strap if found, else a SIMULATED heart" },
  { kind: "sim", words: "A SIMULATED heart" },
];

/** Milliseconds between two looks at what a sitting says while it begins. */
const PROGRESS_MS = 500;

/** As long as a sitting may take to begin: on a new computer the sound is compiled first. */
const BEGIN_MS = 600000;

export function Before({ rooms, choose, after }) {
  const heading = useArrival();
  const [clients, setClients] = useState(null);
  const [profiles, setProfiles] = useState([]);
  const [client, setClient] = useState(null);
  const [record, setRecord] = useState(null);
  const [goal, setGoal] = useState("");
  const [profile, setProfile] = useState("relax");
  const [guides, setGuides] = useState([]);
  const [guide, setGuide] = useState("");
  const [without, setWithout] = useState([]);
  const [length, setLength] = useState("");
  const [target, setTarget] = useState("");
  const [sensor, setSensor] = useState("ble");
  const [felt, setFelt] = useState({});
  const [trim, setTrim] = useState(0);
  const [said, setSaid] = useState("");
  const [beginning, setBeginning] = useState(false);
  const [waited, setWaited] = useState(0);
  const put = (template) => {
    setProfile(template.profile);
    setSensor(template.sensor);
    setLength(template.minutes ?? "");
    setTarget(template.target ?? "");
    setTrim(template.trim_db);
    setGuide(guides.some(({ name }) => name === template.guide) ? template.guide : "");
    setWithout(template.without);
  };
  const number = (text) => (text === "" ? null : Number(text));
  useEffect(() => {
    insist("GET", "/api/clients").then(setClients, (refused) => { setClients([]); setSaid(refused.message); });
    insist("GET", "/api/guides").then(setGuides, () => {});
    insist("GET", "/api/profiles").then(setProfiles, (refused) => setSaid(refused.message));
  }, []);
  const pick = (code) => ask("GET", `/api/client?code=${encodeURIComponent(code)}`)
    .then((found) => { setClient(found); setSaid(""); }, (refused) => setSaid(refused.message));
  const chosen = profiles.find(({ name }) => name === profile);
  const words = guides.find(({ name }) => name === guide);
  const pickGuide = (name) => {
    setGuide(name);
    setWithout([]);
    const found = guides.find((each) => each.name === name);
    if (found !== undefined && profiles.some((each) => each.name === found.profile)) setProfile(found.profile);
  };
  const leaveOut = (group, out) => setWithout(out ? [...without, group] : without.filter((each) => each !== group));
  const room = free(rooms.map((each) => each.room));
  const begin = async () => {
    const began = performance.now();
    setBeginning(true);
    setWaited(0);
    setSaid("Beginning …");
    // On a new computer the sound is compiled first, which takes minutes: what it says stands here meanwhile.
    const telling = setInterval(() => {
      setWaited(Math.floor((performance.now() - began) / 1000));
      ask("GET", `/api/beginnings/${room}`).then(({ words }) => words && setSaid(`Beginning … ${words}`), () => {});
    }, PROGRESS_MS);
    try {
      // Under one key: where the server dies meanwhile the next one goes on waiting, and nothing begins twice.
      const begun = await insist("POST", "/api/sittings", {
        room, profile, sensor, before: Object.keys(felt).length > 0 ? felt : null, goal: goal.trim() || null,
        client: client?.code ?? null, record: record !== "none", consent: record === "kept" ? true : null,
        minutes: number(length), target: number(target), trim_db: trim, guide: guide || null, without,
      }, { "idempotency-key": newKey() }, BEGIN_MS);
      choose(begun.room);
    } catch (refused) {
      setSaid(refused.message);
      setBeginning(false);
    } finally {
      clearInterval(telling);
    }
  };
  const missing = record === null ? "Say what is kept of it." : record === "kept" && client === null
    ? "Choose whose record it is, or play without one." : "";

  return html`<main class="page before">
    <header><h1 ref=${heading} tabindex="-1">Calando <small>before the music</small></h1>
      <${Templates} put=${put} now=${{ profile, sensor, minutes: number(length), target: number(target), trim_db: trim, guide: guide || null, without }} />
      ${rooms.length > 0 && html`<p class="playing">Playing now: ${rooms.map((each) => html`
        <button class="small" onClick=${() => choose(each.room)}>${each.room}${each.client ? ` · ${each.client}` : ""}</button> `)}</p>`}
    </header>
    <div class="columns">
      <${Clients} clients=${clients} client=${client} pick=${pick} drop=${() => setClient(null)} after=${after} />
      <section aria-labelledby="what">
        <h2 id="what">What it is for</h2>
        <div class="profiles" role="radiogroup" aria-label="Profile">${profiles.map(({ name, title, description }) => html`
          <label class="card" title=${description}><input type="radio" name="profile" checked=${profile === name}
            onChange=${() => setProfile(name)} /><b>${title}</b></label>`)}
        </div>
        <p class="about" aria-live="polite">${chosen?.description}</p>
        <${Preview} profile=${profile} title=${chosen?.title ?? profile} />
        <div class="fields">
          <label>Minutes <input type="number" min="2" max="240" step="1" placeholder=${words ? "the guide's own" : chosen ? Math.round(chosen.duration_s / 60) : ""}
            value=${length} onInput=${(event) => setLength(event.target.value)} /></label>
          <label>Target heart rate <input type="number" min="35" max="150" step="1" placeholder="the profile's own"
            value=${target} onInput=${(event) => setTarget(event.target.value)} /></label>
          <label>Goal in a sentence <input maxlength="500" value=${goal}
            onInput=${(event) => setGoal(event.target.value)} /></label>
          <label>Words <select aria-label="Words" value=${guide} onChange=${(event) => pickGuide(event.target.value)}>
            <option value="">none</option>
            ${guides.map(({ name, title, minutes }) => html`<option value=${name}>${title}, ${minutes} min</option>`)}</select></label>
        </div>
        ${words && html`<p class="about">${[words.description, ...words.cautions.map((each) => each.replace(/: calando .*/, "."))].join(" ")}</p>`}
        ${words && words.groups.length > 0 && html`<details><summary>Leave out a part</summary>
          ${words.groups.map((group) => html`<label class="switch"><input type="checkbox" checked=${without.includes(group)}
            onChange=${(event) => leaveOut(group, event.target.checked)} /> ${group}</label> `)}</details>`}
        <${VolumeCheck} trim=${trim} change=${setTrim} />
      </section>
      <section aria-labelledby="how">
        <h2 id="how">Consent</h2>
        <div role="radiogroup" aria-label="Consent">
          <label class="card"><input type="radio" name="record" checked=${record === "kept"} onChange=${() => setRecord("kept")} />
            <span><b>The listener agrees to a record</b> <small>Beats, music, markers, ratings and notes, on this computer
            and under the code alone. Withdrawn at any time, and all is wiped.</small></span></label>
          <label class="card"><input type="radio" name="record" checked=${record === "none"} onChange=${() => setRecord("none")} />
            <span><b>Play without a record</b> <small>Nothing of it is written to the disk.</small></span></label>
        </div>
        <h2>Heart</h2>
        <div role="radiogroup" aria-label="Heart">${SENSORS.map(({ kind, words }) => html`
          <label class="card"><input type="radio" name="sensor" checked=${sensor === kind} onChange=${() => setSensor(kind)} />
            <span>${words}</span></label>`)}</div>
        <${SignalCheck} sensor=${sensor} />
        <h2>How the listener feels</h2>
        <${Scales} when="before" felt=${felt} change=${setFelt} />
      </section>
    </div>
    <footer>
      <button class="main" disabled=${missing !== "" || beginning} onClick=${begin}>Begin</button>
      ${beginning && html`<span class="waited" aria-hidden="true">${Math.floor(waited / 60)}:${String(waited % 60).padStart(2, "0")}</span>`}
      <p role="status">${said || missing || `${chosen?.title ?? ""} for ${client?.code ?? "nobody’s code"}, in the room ${room}.`}</p>
    </footer>
  </main>`;
}

function free(taken) {
  for (let number = 1; ; number += 1) if (!taken.includes(`room${number}`)) return `room${number}`;
}
