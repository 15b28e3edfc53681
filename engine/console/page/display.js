// Display: a screen in the room. Breath and heart, and nothing else.

import { html, useEffect, useRef, useState } from "/page/vendor/preact-htm.js";
import { Light, paced } from "/page/light.js";
import { Link } from "/page/link.js";

export function RoomDisplay({ room }) {
  const [, redraw] = useState(0);
  const heart = useRef(null);
  const pace = useRef(null);
  const link = useRef(null);
  useEffect(() => {
    const seen = (name, data) => {
      const before = heart.current;
      if (name === "over" || name === "gone") heart.current = pace.current = null;
      if (name === "state") {
        pace.current = paced(data.snapshot);
        heart.current = data.snapshot.hr_bpm === null ? null : Math.round(data.snapshot.hr_bpm);
      }
      if (heart.current !== before) redraw((count) => count + 1);
    };
    link.current = new Link(room, seen, () => {
      if (link.current?.stale) heart.current = pace.current = null;
      redraw((count) => count + 1);
    });
    return () => link.current.close();
  }, [room]);
  return html`<main class="display">
    <h1 class="hidden">Calando</h1>
    <${Light} pace=${pace} />
    <p class="number"><span class="hidden">Heart </span>${heart.current ?? "–"}</p>
  </main>`;
}
