// Listener: the client's own page. A light to breathe with, and less, more, too much, stop.

import { html, useEffect, useRef, useState } from "/page/vendor/preact-htm.js";
import { Light, paced } from "/page/light.js";
import { Link, ask, newKey } from "/page/link.js";

const WISHES = [
  { name: "less", words: "Less" },
  { name: "more", words: "More" },
  { name: "too_much", words: "Too much" },
];

export function ListenerPage({ room }) {
  const [, redraw] = useState(0);
  const [said, setSaid] = useState("");
  const sitting = useRef(null);
  const pace = useRef(null);
  const link = useRef(null);
  useEffect(() => {
    const seen = (name, data) => {
      if (name === "hello") sitting.current = data.sitting;
      if (name === "over" || name === "gone") { sitting.current = null; pace.current = null; }
      if (name === "state") pace.current = paced(data.snapshot);
      if (name !== "state" || link.current?.stale) redraw((count) => count + 1);
    };
    link.current = new Link(room, seen, () => redraw((count) => count + 1));
    return () => link.current.close();
  }, [room]);
  const off = link.current === null || link.current.stale || sitting.current === null;
  const wish = (name) => ask(
    "POST", `/api/rooms/${encodeURIComponent(room)}/touches`,
    { sitting: sitting.current, wish: { kind: "act", name } }, { "idempotency-key": newKey() },
  ).then(() => setSaid("The music hears you."), (refused) => setSaid(refused.message));
  const stop = () => ask("POST", `/api/rooms/${encodeURIComponent(room)}/stop`, { sitting: sitting.current })
    .then(() => setSaid("It is quiet now."), (refused) => setSaid(refused.message));
  return html`<main class="listener">
    <h1 class="hidden">Calando</h1>
    <${Light} pace=${pace} />
    <p role="status">${sitting.current === null ? "No music plays just now." : off ? "One moment …" : said}</p>
    <fieldset disabled=${off}><legend class="hidden">What you wish</legend>
      ${WISHES.map(({ name, words }) => html`<button onClick=${() => wish(name)}>${words}</button>`)}
      <button onClick=${stop}>Stop</button>
    </fieldset>
  </main>`;
}
