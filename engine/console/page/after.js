// After: how it was, in the listener's words and in what was measured; then what becomes of the record.

import { html, useEffect, useState } from "/page/vendor/preact-htm.js";
import { useArrival } from "/page/arrival.js";
import { day } from "/page/day.js";
import { ask } from "/page/link.js";
import { Scales } from "/page/scale.js";
import { theirs } from "/page/theirs.js";

/** The parts of a note (SCIENCE.md C3); the first is filled in from what was measured. */
const PARTS = [
  { name: "data", words: "Data" },
  { name: "response", words: "Response" },
  { name: "assessment", words: "Assessment" },
  { name: "plan", words: "Plan" },
];

/** What stands in a list of codes for one that is not in it; no code begins with a space. */
const FRESH = " ";

/** Milliseconds between two looks for a record that is still being closed. */
const LOOK_MS = 500;

export function After({ sitting, done }) {
  const [whole, setWhole] = useState(null);
  const [felt, setFelt] = useState({});
  const [parts, setParts] = useState({});
  const [noted, setNoted] = useState("");
  const [unkept, setUnkept] = useState([]);
  const [leaving, setLeaving] = useState(false);
  const [said, setSaid] = useState("");
  const [code, setCode] = useState("");
  const [fresh, setFresh] = useState("");
  const [codes, setCodes] = useState([]);
  const [sure, setSure] = useState(false);
  const [gone, setGone] = useState("");
  const [page, setPage] = useState(null);
  const heading = useArrival(gone);
  const path = `/api/sittings/${sitting}`;

  const look = () => ask("GET", path).then((found) => {
    setWhole(found);
    setParts((before) => ({ data: theirs(found.facts.join(" ")), ...before }));
    return found.ending !== null;
  }, (refused) => {
    if (refused.status === 404) setGone((told) => told || "Nothing of this sitting was kept.");
    else setSaid(refused.message);
    return refused.status === 404;
  });
  useEffect(() => {
    let on = true;
    const until = async () => {
      for (let tries = 0; on && tries < 60; tries += 1) {
        if (await look()) return;
        await new Promise((wake) => setTimeout(wake, LOOK_MS));
      }
    };
    until();
    ask("GET", `${path}/page`).then(setPage, () => {});
    ask("GET", "/api/clients").then((found) => setCodes(found.map((each) => each.code)), () => {});
    return () => { on = false; };
  }, [sitting]);

  const filled = (what) => { setUnkept([...unkept.filter((each) => each !== what), what]); setLeaving(false); };
  const send = async (where, body, words, what) => {
    try {
      await ask("POST", `${path}${where}`, body);
      setSaid(words);
      setUnkept((before) => before.filter((each) => each !== what));
      await look();
      return true;
    } catch (refused) {
      setSaid(refused.message);
      return false;
    }
  };
  const rate = () => send("/ratings", { when: "after", ...felt }, "The rating is kept.", "rating");
  const words = PARTS.filter(({ name }) => parts[name]?.trim()).map((each) => `${each.words}: ${parts[each.name].trim()}`).join("\n");
  const note = async () => await send("/notes", { words }, "The note is kept.", "note") && setNoted(words);
  // What was filled in and not kept would be gone without a word.
  const leave = () => {
    if (unkept.length === 0 || leaving) return done();
    setLeaving(true);
    setSaid(`Not kept yet: the ${unkept.join(" and the ")}. Keep it, or touch Next sitting once more.`);
    return undefined;
  };
  const reassign = () => {
    const given = code === FRESH ? fresh.trim() : code;
    return send("/client", { code: given }, `The sitting is now ${given}’s.`);
  };
  const forget = () => ask("DELETE", path).then(
    () => setGone("The sitting is forgotten, with everything that was made from it."),
    (refused) => setSaid(refused.message),
  );

  if (gone !== "") {
    return html`<main class="quiet"><h1 ref=${heading} tabindex="-1">After the music</h1><p role="status">${gone}</p>
      <button class="main" onClick=${done}>Next sitting</button></main>`;
  }
  return html`<main class="page">
    <header><h1 ref=${heading} tabindex="-1">After the music <small>${whole ? `${whole.client ?? "no code"} · ${day(whole.began_at)} · ${whole.profile}` : "…"}</small></h1></header>
    <div class="columns two">
      <section aria-labelledby="felt"><h2 id="felt">How the listener feels now</h2>
        <${Scales} when="after" felt=${felt} change=${(now) => { setFelt(now); filled("rating"); }} />
        <button disabled=${Object.keys(felt).length === 0} onClick=${rate}>Keep the rating</button>
        ${whole && html`<ul class="list plain">${whole.ratings.map((words) => html`<li>${words}</li>`)}</ul>`}
        <h2>What happened</h2>
        <ol class="happened" tabindex="0" aria-label="What happened">${whole?.doings.map((words) => html`<li>${theirs(words)}</li>`)}</ol>
        <${Written} page=${page} />
      </section>
      <section aria-labelledby="note"><h2 id="note">Note</h2>
        ${PARTS.map(({ name, words }) => html`<label class="part">${words}
          <textarea rows=${name === "data" ? 8 : 2} value=${parts[name] ?? ""}
            onInput=${(event) => { setParts({ ...parts, [name]: event.target.value }); filled("note"); }}></textarea></label>`)}
        <button disabled=${words === "" || words === noted} onClick=${note}>Keep the note</button>
        ${whole && html`<ul class="list plain">${whole.notes.map((each) => html`<li><small>${day(each.at)}, ${each.hand}</small><br />${each.words}</li>`)}</ul>`}
      </section>
      <section aria-labelledby="record"><h2 id="record">The record</h2>
        <p class="links"><a href=${`${path}/files/report`} download>Report</a> <a href=${`${path}/files/pdf`} download>Report as PDF</a>
          <a href=${`${path}/files/csv`} download>Export CSV</a> <a href=${`${path}/files/json`} download>Export JSON</a></p>
        <${TakeHome} path=${path} />
        <form onSubmit=${(event) => { event.preventDefault(); reassign(); }}>
          <label for="code">It was another client’s</label>
          <div class="fields act"><select id="code" value=${code} onChange=${(event) => setCode(event.target.value)}>
            <option value="">choose …</option>
            ${codes.filter((each) => each !== whole?.client).map((each) => html`<option value=${each}>${each}</option>`)}
            <option value=${FRESH}>a new code …</option></select>
          <button disabled=${code === "" || (code === FRESH && fresh.trim() === "")}>Reassign</button></div>
          ${code === FRESH && html`<label>The new code <input maxlength="64" autocomplete="off" value=${fresh}
            onInput=${(event) => setFresh(event.target.value)} /></label>`}
        </form>
        <label class="switch"><input type="checkbox" checked=${sure} onChange=${(event) => setSure(event.target.checked)} />
          The listener withdraws consent, or this shall not be kept</label>
        <button disabled=${!sure} onClick=${forget}>Forget this sitting</button>
      </section>
    </div>
    <footer><button class="main" onClick=${leave}>Next sitting</button><p role="status">${said}</p></footer>
  </main>`;
}

/** A piece made from what helped, rendered on the therapist's computer and taken from there. */
function TakeHome({ path }) {
  const [minutes, setMinutes] = useState("20");
  const [made, setMade] = useState(null);
  const [said, setSaid] = useState("");
  const make = (event) => {
    event.preventDefault();
    setMade(null);
    setSaid("Making it …");
    ask("POST", `${path}/take-home`, { minutes: Number(minutes) })
      .then((piece) => { setMade(piece); setSaid(""); }, (refused) => setSaid(refused.message));
  };
  return html`<form onSubmit=${make}>
    <label for="piece">A piece to take home, minutes</label>
    <div class="fields act"><input id="piece" type="number" min="1" max="120" step="1" value=${minutes}
      onInput=${(event) => { setMinutes(event.target.value); setMade(null); }} />
    <button disabled=${minutes === ""}>Make the piece</button></div>
    <p role="status">${said}</p>
    ${made && html`<p class="links"><a href=${`${path}/take-home?minutes=${made.minutes}`} download>Take ${made.name}</a></p>`}
  </form>`;
}

/** The listener's own page: that there is one, and what they share of it. */
function Written({ page }) {
  if (!page?.written && !page?.concern) return null;
  return html`<h2>The listener’s page</h2>
    ${page.concern && html`<p class="warning">The listener wrote something you may want to ask about.</p>`}
    ${page.shared.length > 0
      ? html`<ul class="list plain">${page.shared.map((words) => html`<li>${words}</li>`)}</ul>`
      : html`<p>They wrote, and keep it to themselves.</p>`}`;
}
