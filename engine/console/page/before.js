// Before: who sits here, what is kept of it, what it is for, and with what heart. Then it begins.

import { html, useEffect, useState } from "/page/vendor/preact-htm.js";
import { useArrival } from "/page/arrival.js";
import { Preview, SignalCheck, VolumeCheck } from "/page/check.js";
import { ask, insist } from "/page/link.js";
import { Scales } from "/page/scale.js";
import { Templates } from "/page/templates.js";

const SENSORS = [
  { kind: "ble", words: "A chest strap within reach" },
  { kind: "auto", words: "A strap if one is found, else a SIMULATED heart" },
  { kind: "sim", words: "A SIMULATED heart" },
];

/** Milliseconds between two looks at what a sitting says while it begins. */
const PROGRESS_MS = 500;

const day = (at) => at.slice(0, 16).replace("T", " ");
const minutes = (s) => `${Math.round(s / 60)} min`;

export function Before({ rooms, choose, after }) {
  const heading = useArrival();
  const [clients, setClients] = useState(null);
  const [profiles, setProfiles] = useState([]);
  const [client, setClient] = useState(null);
  const [record, setRecord] = useState(null);
  const [goal, setGoal] = useState("");
  const [profile, setProfile] = useState("relax");
  const [length, setLength] = useState("");
  const [target, setTarget] = useState("");
  const [sensor, setSensor] = useState("ble");
  const [felt, setFelt] = useState({});
  const [trim, setTrim] = useState(0);
  const [said, setSaid] = useState("");
  const [beginning, setBeginning] = useState(false);
  const put = (template) => {
    setProfile(template.profile);
    setSensor(template.sensor);
    setLength(template.minutes ?? "");
    setTarget(template.target ?? "");
    setTrim(template.trim_db);
  };
  const number = (text) => (text === "" ? null : Number(text));
  useEffect(() => {
    insist("GET", "/api/clients").then(setClients, (refused) => { setClients([]); setSaid(refused.message); });
    insist("GET", "/api/profiles").then(setProfiles, (refused) => setSaid(refused.message));
  }, []);
  const pick = (code) => ask("GET", `/api/client?code=${encodeURIComponent(code)}`)
    .then((found) => { setClient(found); setSaid(""); }, (refused) => setSaid(refused.message));
  const chosen = profiles.find(({ name }) => name === profile);
  const room = free(rooms.map((each) => each.room));
  const begin = async () => {
    setBeginning(true);
    setSaid("Beginning …");
    // On a new computer the sound is compiled first, which takes minutes: what it says stands here meanwhile.
    const telling = setInterval(() => ask("GET", `/api/beginnings/${room}`)
      .then(({ words }) => words && setSaid(`Beginning … ${words}`), () => {}), PROGRESS_MS);
    try {
      const begun = await ask("POST", "/api/sittings", {
        room, profile, sensor, before: Object.keys(felt).length > 0 ? felt : null, goal: goal.trim() || null,
        client: client?.code ?? null, record: record !== "none", consent: record === "kept" ? true : null,
        minutes: number(length), target: number(target), trim_db: trim,
      });
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

  return html`<main class="page">
    <header><h1 ref=${heading} tabindex="-1">Calando <small>before the music</small></h1>
      ${rooms.length > 0 && html`<p>Playing now: ${rooms.map((each) => html`
        <button class="small" onClick=${() => choose(each.room)}>${each.room}${each.client ? ` · ${each.client}` : ""}</button> `)}</p>`}
    </header>
    <div class="columns">
      <${Clients} clients=${clients} client=${client} pick=${pick} drop=${() => setClient(null)} after=${after} />
      <section aria-labelledby="what">
        <h2 id="what">What it is for</h2>
        <${Templates} put=${put} now=${{ profile, sensor, minutes: number(length), target: number(target), trim_db: trim }} />
        <div class="profiles" role="radiogroup" aria-label="Profile">${profiles.map(({ name, title, description }) => html`
          <label class="card"><input type="radio" name="profile" checked=${profile === name}
            onChange=${() => setProfile(name)} /><span><b>${title}</b> <small>${description}</small></span></label>`)}
        </div>
        <${Preview} profile=${profile} title=${chosen?.title ?? profile} />
        <div class="fields">
          <label>Minutes <input type="number" min="2" max="240" step="1" placeholder=${chosen ? Math.round(chosen.duration_s / 60) : ""}
            value=${length} onInput=${(event) => setLength(event.target.value)} /></label>
          <label>Target, beats a minute <input type="number" min="35" max="150" step="1" placeholder="the profile's own"
            value=${target} onInput=${(event) => setTarget(event.target.value)} /></label>
          <label class="wide">Goal in a sentence <input maxlength="500" value=${goal}
            onInput=${(event) => setGoal(event.target.value)} /></label>
        </div>
      </section>
      <section aria-labelledby="how">
        <h2 id="how">Consent</h2>
        <div role="radiogroup" aria-label="Consent">
          <label class="card"><input type="radio" name="record" checked=${record === "kept"} onChange=${() => setRecord("kept")} />
            <span><b>The listener agrees to a record</b> <small>Beats, music, markers, ratings and notes stay on this
            computer, under the code alone. It can be withdrawn at any time, and everything is wiped.</small></span></label>
          <label class="card"><input type="radio" name="record" checked=${record === "none"} onChange=${() => setRecord("none")} />
            <span><b>Play without a record</b> <small>Nothing of it is written to the disk.</small></span></label>
        </div>
        <h2>Heart</h2>
        <div role="radiogroup" aria-label="Heart">${SENSORS.map(({ kind, words }) => html`
          <label class="card"><input type="radio" name="sensor" checked=${sensor === kind} onChange=${() => setSensor(kind)} />
            <span>${words}</span></label>`)}</div>
        <${SignalCheck} sensor=${sensor} />
        <h2>Volume</h2>
        <${VolumeCheck} trim=${trim} change=${setTrim} />
        <h2>How the listener feels</h2>
        <${Scales} when="before" felt=${felt} change=${setFelt} />
      </section>
    </div>
    <footer>
      <button class="main" disabled=${missing !== "" || beginning} onClick=${begin}>Begin</button>
      <p role="status">${said || missing || `${chosen?.title ?? ""} for ${client?.code ?? "nobody’s code"}, in the room ${room}.`}</p>
    </footer>
  </main>`;
}

/** A list to choose from, and a step of its own for a new code: a typing error makes no new client. */
function Clients({ clients, client, pick, drop, after }) {
  const [search, setSearch] = useState("");
  const [fresh, setFresh] = useState(null);
  if (client !== null) {
    return html`<section aria-labelledby="who"><h2 id="who">${client.code}</h2>
      ${client.warning && html`<p class="warning" role="status">${client.warning}</p>`}
      <p>${client.sittings === 0 ? "A new client." : `${client.sittings} ${client.sittings === 1 ? "sitting" : "sittings"}.`}
        ${client.usual_bpm === null ? " The usual heart rate is not known yet." : ` Usually ${Math.round(client.usual_bpm)} at rest`}
        ${client.usual_breath_per_min === null ? "" : `, ${Math.round(client.usual_breath_per_min)} breaths a minute`}</p>
      ${client.course.length > 1 && html`<${Course} figures=${client.course} />`}
      <ul class="list">${client.last.map((each) => html`<li><button onClick=${() => after(each.id)}>
        <b>${day(each.began_at)}</b> ${each.profile}, ${minutes(each.length_s)}
        <small>${each.simulated ? "SIMULATED" : each.resting_bpm === null ? "" : `${Math.round(each.resting_bpm)} at rest`}
        ${each.calm_before !== null && each.calm_after !== null ? ` · calm ${each.calm_before} → ${each.calm_after}` : ""}
        ${each.goal ?? ""}</small></button></li>`)}</ul>
      <button onClick=${drop}>Choose another client</button>
    </section>`;
  }
  const found = (clients ?? []).filter(({ code }) => code.toLowerCase().includes(search.trim().toLowerCase()));
  return html`<section aria-labelledby="who"><h2 id="who">Client</h2>
    ${fresh === null ? html`
      <label class="hidden" for="search">Search clients</label>
      <input id="search" type="search" placeholder="Search" value=${search} onInput=${(event) => setSearch(event.target.value)} />
      <ul class="list">${found.map(({ code, sittings, last }) => html`<li><button onClick=${() => pick(code)}>
        <b>${code}</b> <small>${sittings} · ${last.length > 0 ? day(last[0].began_at) : ""}</small></button></li>`)}</ul>
      ${clients !== null && found.length === 0 && html`<p><small>${clients.length === 0 ? "No client yet." : "No client with that code."}</small></p>`}
      <button onClick=${() => setFresh("")}>New client</button>`
    : html`<form onSubmit=${(event) => { event.preventDefault(); pick(fresh.trim()); setFresh(null); }}>
      <label for="fresh">Code of the new client</label>
      <input id="fresh" maxlength="64" autocomplete="off" value=${fresh} onInput=${(event) => setFresh(event.target.value)} />
      <p><small>A code such as k-12 tells nobody who it is.</small></p>
      <button disabled=${fresh.trim() === ""}>Use this code</button>
      <button type="button" onClick=${() => setFresh(null)}>Back to the list</button>
    </form>`}
  </section>`;
}

/** Resting rates of all sittings, the oldest first. */
function Course({ figures }) {
  const low = Math.min(...figures), high = Math.max(...figures);
  const y = (value) => 34 - (28 * (value - low)) / Math.max(high - low, 1);
  const points = figures.map((value, index) => `${4 + (232 * index) / (figures.length - 1)},${y(value)}`).join(" ");
  return html`<figure class="course"><svg viewBox="0 0 240 40" role="img"
    aria-label=${`Resting heart rate over ${figures.length} sittings, from ${Math.round(figures[0])} to ${Math.round(figures.at(-1))}`}>
    <polyline points=${points} fill="none" stroke="#ff9e8f" stroke-width="2" /></svg>
    <figcaption><small>at rest, ${Math.round(figures[0])} → ${Math.round(figures.at(-1))} over ${figures.length} sittings</small></figcaption></figure>`;
}

function free(taken) {
  for (let number = 1; ; number += 1) if (!taken.includes(`room${number}`)) return `room${number}`;
}
