// Invite: the other devices of a room, let in by a code and shown out again.

import { html, useEffect, useState } from "/page/vendor/preact-htm.js";
import { ask } from "/page/link.js";
import { StrapHere } from "/page/relay.js";

const ROLES = [
  { role: "client", words: "The listener's own page" },
  { role: "display", words: "A screen in the room" },
  { role: "therapist", words: "One more console" },
];

/** How one device gets here: by a picture for its camera, by an address, or by eight letters. */
function Way({ code, typed, places }) {
  if (places.length === 0) {
    return html`<p>Open this address once, within ten minutes, in a browser of this computer:</p>
      <p class="address"><code>${location.origin}/#code=${code}</code></p>`;
  }
  return html`<div class="ways">${places.map(({ address, picture }) => html`<figure>
      <img src=${picture} alt=${`QR code for ${new URL(address).host}`} />
      <figcaption>${new URL(address).host}</figcaption>
    </figure>`)}
    <div class="words">
      <p>Within ten minutes, once: hold the device's camera to ${places.length > 1 ? "one of these" : "this"}, or open
        the address there and type</p>
      <p><strong class="typed">${typed.slice(0, 4)} ${typed.slice(4)}</strong></p>
      <p><small>A device that warns of this computer may go on all the same, or learn to know it
        at${" "}<a href="/trust">${new URL(places[0].address).host}/trust</a>.</small></p>
    </div></div>`;
}

export function Invite({ room, sounds }) {
  const [invited, setInvited] = useState(null);
  const [devices, setDevices] = useState([]);
  const [said, setSaid] = useState("");
  const look = () => ask("GET", "/api/devices").then(setDevices, (refused) => setSaid(refused.message));
  useEffect(() => { look(); }, []);
  const invite = (role) => ask("POST", "/api/invitations", { role, room: role === "therapist" ? null : room })
    .then(setInvited, (refused) => setSaid(refused.message));
  const revoke = (id) => ask("DELETE", `/api/devices/${id}`).then(look, (refused) => setSaid(refused.message));
  return html`<section class="devices" aria-label="Devices">
    <div class="roles">
      ${ROLES.map(({ role, words }) => html`<button onClick=${() => invite(role)}>${words}</button>`)}
    </div>
    <div aria-live="polite">
      ${sounds && html`<p>${sounds}</p>`}
      ${invited && html`<${Way} ...${invited} />`}
      <p role="status">${said}</p>
      <${StrapHere} room=${room} />
    </div>
    <ul>${devices.map(({ id, name, role, room: where }) => html`<li>
      <span>${name} · ${role}${where ? ` · ${where}` : ""}</span>
      <button class="small" aria-label=${`Show out ${name} ${id}`} onClick=${() => revoke(id)}>Show out</button>
    </li>`)}</ul>
  </section>`;
}
