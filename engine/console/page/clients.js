// Clients: a list to choose from, with each one's course over the weeks; a new code is a step of its own.

import { html, useLayoutEffect, useRef, useState } from "/page/vendor/preact-htm.js";
import { Course, Line } from "/page/course.js";
import { day } from "/page/day.js";

const minutes = (s) => `${Math.round(s / 60)} min`;
/** A warning without what only a terminal can do about it: here another code is chosen. */
const onPage = (warning) => warning.replace(/; `calando [^`]*` changes it/, "");

/** Two codes that differ in capitals, blanks and dashes alone are one to whoever types them. */
const alike = (code) => code.normalize("NFKC").toLowerCase().replace(/[\s._-]/g, "");
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
  const heading = useRef(null);
  const writing = useRef(null);
  const place = client?.code ?? (fresh === null ? "" : " ");
  const before = useRef(place);
  // The button that was pressed is gone with what stood here: whoever goes by keys is where the next thing is.
  useLayoutEffect(() => {
    if (before.current !== place) (writing.current ?? heading.current).focus();
    before.current = place;
  }, [place]);
  if (client !== null) {
    return html`<section aria-labelledby="who"><h2 id="who" ref=${heading} tabindex="-1">${client.code}</h2>
      ${client.warning && html`<p class="warning" role="status">${onPage(client.warning)}</p>`}
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
  const known = fresh === null ? [] : (clients ?? []).filter(({ code }) => alike(code) === alike(fresh));
  return html`<section aria-labelledby="who"><h2 id="who" ref=${heading} tabindex="-1">Client</h2>
    ${fresh === null ? html`
      <label class="hidden" for="search">Search clients</label>
      <input id="search" type="search" placeholder="Search" value=${search} onInput=${(event) => setSearch(event.target.value)} />
      <ul class="list">${found.map(({ code, sittings, last, course }) => html`<li><button class="coded" onClick=${() => pick(code)}>
        <b>${code}</b> <${Line} course=${course} />
        <small>${counted(sittings)}${last.length > 0 ? ` · ${day(last[0].began_at)}` : ""}</small></button></li>`)}</ul>
      ${clients !== null && found.length === 0 && html`<p><small>${clients.length === 0 ? "No client yet." : "No client with that code."}</small></p>`}
      <button onClick=${() => setFresh("")}>New client</button>`
    : html`<form class="fresh" onSubmit=${(event) => { event.preventDefault(); pick(fresh.trim()); setFresh(null); }}>
      <label for="fresh">Code of the new client</label>
      <input id="fresh" ref=${writing} maxlength="64" autocomplete="off" value=${fresh} onInput=${(event) => setFresh(event.target.value)} />
      <p><small>A code such as k-12 tells nobody who it is.</small></p>
      <div aria-live="polite">${known.map(({ code, sittings }) => html`<p class="warning">
        ${code} is a client already, with ${counted(sittings)}.
        <button type="button" onClick=${() => { pick(code); setFresh(null); }}>Take ${code}</button></p>`)}</div>
      <button disabled=${fresh.trim() === "" || known.some(({ code }) => code === fresh.trim())}>Use this code</button>
      <button type="button" onClick=${() => setFresh(null)}>Back to the list</button>
    </form>`}
  </section>`;
}
