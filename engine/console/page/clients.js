// Clients: a list to choose from, with each one's course over the weeks; a new code is a step of its own.

import { html, useState } from "/page/vendor/preact-htm.js";
import { Course, Line } from "/page/course.js";
import { day } from "/page/day.js";

const minutes = (s) => `${Math.round(s / 60)} min`;
const counted = (sittings) => `${sittings} ${sittings === 1 ? "sitting" : "sittings"}`;

/** One sitting in a line: what was played, the heart at rest, how calm before and after, what it was for. */
function told({ profile, length_s: length, simulated, resting_bpm: bpm, calm_before: before, calm_after: after, goal }) {
  const heart = simulated ? "SIMULATED" : bpm === null ? "" : `${Math.round(bpm)} at rest`;
  const calm = before !== null && after !== null ? `calm ${before} → ${after}` : "";
  return [`${profile}, ${minutes(length)}`, heart, calm, goal ?? ""].filter((words) => words !== "").join(" · ");
}

/** A list to choose from, and a step of its own for a new code: a typing error makes no new client. */
export function Clients({ clients, client, pick, drop, after }) {
  const [search, setSearch] = useState("");
  const [fresh, setFresh] = useState(null);
  if (client !== null) {
    return html`<section aria-labelledby="who"><h2 id="who">${client.code}</h2>
      ${client.warning && html`<p class="warning" role="status">${client.warning}</p>`}
      <p>${client.sittings === 0 ? "A new client." : `${counted(client.sittings)}.`}
        ${client.usual_bpm === null ? " The usual heart rate is not known yet." : ` Usually ${Math.round(client.usual_bpm)} at rest`}
        ${client.usual_breath_per_min === null ? "" : `, ${Math.round(client.usual_breath_per_min)} breaths a minute`}</p>
      ${client.course.length > 1 && html`<${Course} course=${client.course} />`}
      <ul class="list">${client.last.map((each) => html`<li><button onClick=${() => after(each.id)}>
        <b>${day(each.began_at)}</b>
        <small>${told(each)}</small></button></li>`)}</ul>
      <button onClick=${drop}>Choose another client</button>
    </section>`;
  }
  const found = (clients ?? []).filter(({ code }) => code.toLowerCase().includes(search.trim().toLowerCase()));
  return html`<section aria-labelledby="who"><h2 id="who">Client</h2>
    ${fresh === null ? html`
      <label class="hidden" for="search">Search clients</label>
      <input id="search" type="search" placeholder="Search" value=${search} onInput=${(event) => setSearch(event.target.value)} />
      <ul class="list">${found.map(({ code, sittings, last, course }) => html`<li><button class="coded" onClick=${() => pick(code)}>
        <b>${code}</b> <${Line} course=${course} />
        <small>${counted(sittings)}${last.length > 0 ? ` · ${day(last[0].began_at)}` : ""}</small></button></li>`)}</ul>
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
