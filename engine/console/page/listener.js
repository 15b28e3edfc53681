// Listener: the client's own page. A light to breathe with, less, more, too much, stop, a page to write on, and pads to play on.

import { html, useEffect, useRef, useState } from "/page/vendor/preact-htm.js";
import { Light, paced } from "/page/light.js";
import { Link, insist, newKey } from "/page/link.js";
import { Pads } from "/page/pads.js";
import { Prompt } from "/page/prompts.js";
import { StrapHere } from "/page/relay.js";
import { Sheet } from "/page/sheet.js";

const WISHES = [
  { name: "less", words: "Less" },
  { name: "more", words: "More" },
  { name: "too_much", words: "Too much" },
];

export function ListenerPage({ room }) {
  const [, redraw] = useState(0);
  const [said, setSaid] = useState("");
  const [writing, setWriting] = useState(false);
  const [plays, setPlays] = useState(false);
  const mayPlay = useRef(false);
  const sitting = useRef(null);
  const line = useRef({ words: "", group: "" });
  const pace = useRef(null);
  const link = useRef(null);
  const sheet = useRef(null);
  useEffect(() => {
    const again = () => redraw((count) => count + 1);
    const seen = (name, data) => {
      if (name === "hello") {
        sitting.current = data.sitting;
        mayPlay.current = data.facts?.along === true;
        sheet.current.begin(data.sitting);
      }
      if (name === "over" || name === "gone") {
        sitting.current = null;
        pace.current = null;
        line.current = { words: "", group: "" };
      }
      if (name === "state") {
        pace.current = paced(data.snapshot);
        const { line: words, line_group: group } = data.snapshot;
        if (words !== line.current.words || group !== line.current.group) {
          line.current = { words, group };
          again();
        }
        sheet.current.begin(data.sitting);
      }
      if (name !== "state" || link.current?.stale) again();
    };
    sheet.current = new Sheet(room, again);
    link.current = new Link(room, seen, again);
    return () => {
      link.current.close();
      sheet.current.close();
    };
  }, [room]);
  const playing = sitting.current !== null;
  const off = link.current === null || link.current.stale || !playing;
  const wish = (name) => insist(
    "POST", `/api/rooms/${encodeURIComponent(room)}/touches`,
    { sitting: sitting.current, wish: { kind: "act", name } }, { "idempotency-key": newKey() },
  ).then(() => setSaid("The music hears you."), (refused) => setSaid(refused.message));
  const stop = () => insist("POST", `/api/rooms/${encodeURIComponent(room)}/stop`, { sitting: sitting.current })
    .then(() => setSaid("It is quiet now."), (refused) => setSaid(refused.message));
  const page = sheet.current;
  const pads = plays && playing && mayPlay.current;
  const written = page !== null && page.words !== "";
  return html`<main class=${`listener${writing ? " writing" : ""}`}>
    <h1 class="hidden">Calando</h1>
    ${writing ? html`<${Paper} sheet=${page} over=${!playing} />`
      : pads ? html`<${Pads} room=${room} sitting=${sitting.current} said=${setSaid} />`
      : html`<${Light} pace=${pace} />`}
    ${line.current.words !== "" && html`<p class="told" role="log">${line.current.words}</p>`}
    <p role="status">${!playing ? "No music plays just now." : off ? "One moment …" : said}</p>
    <fieldset><legend class="hidden">What you wish</legend>
      ${line.current.group !== "" && html`<button class="skip" disabled=${off} onClick=${() => wish("skip")}>Skip this part</button>`}
      ${WISHES.map(({ name, words }) => html`<button disabled=${off} onClick=${() => wish(name)}>${words}</button>`)}
      <button disabled=${!playing || link.current.deaf} onClick=${stop}>Stop</button>
    </fieldset>
    <nav>
      ${playing && mayPlay.current && !writing && html`<button class="turn-page" onClick=${() => setPlays(!plays)}>
        ${pads ? "Back to the light" : "Play along"}</button>`}
      ${(playing || written || writing) && !pads && html`<button class="turn-page" onClick=${() => setWriting(!writing)}>
        ${writing ? "Back to the light" : "Write"}</button>`}
    </nav>
    <${StrapHere} room=${room} />
  </main>`;
}

/** The page itself; keys pressed here reach nothing but the words. */
function Paper({ sheet, over }) {
  const paper = useRef(null);
  useEffect(() => paper.current.focus(), []);
  const taken = () => {
    // Once the question stands there: below it.
    setTimeout(() => {
      paper.current.focus();
      paper.current.setSelectionRange(sheet.words.length, sheet.words.length);
      paper.current.scrollTop = paper.current.scrollHeight;
    });
  };
  return html`<section class="paper" aria-label="Your page">
    <div class="over">
      ${sheet.help && html`<p class="help" role="status">${sheet.help}</p>`}
      ${!sheet.help && html`<${Prompt} sheet=${sheet} over=${over} taken=${taken} />`}
    </div>
    <label class="hidden" for="paper">Write whatever comes</label>
    <textarea id="paper" ref=${paper} maxlength="10000" placeholder="Whatever comes. Nobody reads it unless you share it."
      value=${sheet.words} onInput=${(event) => sheet.write(event.target.value)}></textarea>
    <div class="under">
      <label class="switch"><input type="checkbox" checked=${sheet.shared}
        onChange=${(event) => sheet.share(event.target.checked)} /> Share it with my therapist</label>
      <small role="status">${sheet.said || (sheet.kept ? "" : "Nothing of it is kept: there is no record.")}</small>
      ${over && sheet.words !== "" && html`<button onClick=${() => sheet.done()}>${sheet.kept ? "Keep it and clear" : "Clear"} the page</button>`}
    </div>
  </section>`;
}
