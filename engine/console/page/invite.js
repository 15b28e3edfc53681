// Invite: the other devices of a room, let in by a code and shown out again.

import { html, useEffect, useState } from "/page/vendor/preact-htm.js";
import { ask } from "/page/link.js";

const ROLES = [
  { role: "client", words: "The listener's own page" },
  { role: "display", words: "A screen in the room" },
  { role: "therapist", words: "One more console" },
];

export function Invite({ room }) {
  const [invited, setInvited] = useState(null);
  const [devices, setDevices] = useState([]);
  const [said, setSaid] = useState("");
  const look = () => ask("GET", "/api/devices").then(setDevices, (refused) => setSaid(refused.message));
  useEffect(() => { look(); }, []);
  const invite = (role) => ask("POST", "/api/invitations", { role, room: role === "therapist" ? null : room })
    .then(setInvited, (refused) => setSaid(refused.message));
  const revoke = (id) => ask("DELETE", `/api/devices/${id}`).then(look, (refused) => setSaid(refused.message));
  return html`<section class="devices" aria-label="Devices">
    <div>
      ${ROLES.map(({ role, words }) => html`<button onClick=${() => invite(role)}>${words}</button>`)}
      ${invited && html`<p>Open this address once, within ten minutes, in a browser of this computer:</p>
        <p class="address"><code>${location.origin}/#code=${invited.code}</code></p>`}
      <p role="status">${said}</p>
    </div>
    <ul>${devices.map(({ id, name, role, room: where }) => html`<li>
      <span>${name} · ${role}${where ? ` · ${where}` : ""}</span>
      <button class="small" aria-label=${`Show out ${name} ${id}`} onClick=${() => revoke(id)}>Show out</button>
    </li>`)}</ul>
  </section>`;
}
