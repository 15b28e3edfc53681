// Relay: a strap that this device hears by Web Bluetooth, passed on to the sensor `relay:` of the room.

import { html, useEffect, useRef, useState } from "/page/vendor/preact-htm.js";
import { ask, newKey } from "/page/link.js";

/** Most packets that wait for the way to be free again, two minutes of a strap; then the oldest are let go. */
const MOST_WAITING = 120;

/** Milliseconds before a way that is not free, or a strap that has gone, is tried again. */
const AGAIN_MS = 1000;

const later = (ms) => new Promise((done) => setTimeout(done, ms));

const hex = (value) => Array.from(
  new Uint8Array(value.buffer, value.byteOffset, value.byteLength), (byte) => byte.toString(16).padStart(2, "0"),
).join("");

/** Offered where the browser has Web Bluetooth (Chrome on Android and elsewhere; no browser of an iPad has). */
export function StrapHere({ room }) {
  const [said, setSaid] = useState("");
  const strap = useRef(null);
  useEffect(() => () => strap.current?.close(), [room]);
  if (!("bluetooth" in navigator)) return null;
  const begin = async () => {
    strap.current?.close();
    try {
      const device = await navigator.bluetooth.requestDevice({ filters: [{ services: ["heart_rate"] }] });
      strap.current = new Strap(room, device, setSaid);
    } catch (trouble) {
      setSaid(trouble.name === "NotFoundError" ? "No strap was chosen." : `${trouble.message}`);
    }
  };
  return html`<p class="strap"><button class="small" onClick=${begin}>Strap of this device</button>
    <small role="status" aria-label="Strap">${said}</small></p>`;
}

class Strap {
  constructor(room, device, say) {
    this._path = `/api/rooms/${encodeURIComponent(room)}/beats`;
    this._device = device;
    this._say = say;
    this._waiting = [];
    this._sending = false;
    this._closed = false;
    this._told = (event) => this._hear(event.target.value);
    this._hold();
  }

  close() {
    this._closed = true;
    this._device.gatt.disconnect();
  }

  /** Connect, and again whenever it has gone. */
  async _hold() {
    while (!this._closed) {
      try {
        this._say(`Connecting to ${this._device.name ?? "the strap"} …`);
        const gone = new Promise((done) =>
          this._device.addEventListener("gattserverdisconnected", done, { once: true }));
        const server = await this._device.gatt.connect();
        const service = await server.getPrimaryService("heart_rate");
        const beats = await service.getCharacteristic("heart_rate_measurement");
        this._link = newKey();
        beats.addEventListener("characteristicvaluechanged", this._told);
        await beats.startNotifications();
        await gone;
        beats.removeEventListener("characteristicvaluechanged", this._told);
      } catch (trouble) {
        this._say(`${trouble.message}`);
      }
      await later(AGAIN_MS);
    }
  }

  _hear(value) {
    this._waiting.push({ at_ms: performance.timeOrigin + performance.now(), raw: hex(value) });
    if (this._waiting.length > MOST_WAITING) this._waiting.shift();
    this._send();
  }

  /** One request at a time; what comes meanwhile goes with the next, each with its own moment. */
  async _send() {
    if (this._sending) return;
    this._sending = true;
    while (this._waiting.length > 0 && !this._closed) {
      const packets = [...this._waiting];
      try {
        await ask("POST", this._path, { link: this._link, strap: (this._device.name ?? "").slice(0, 40), packets });
        this._waiting = this._waiting.filter((each) => !packets.includes(each));
        this._say(`${this._device.name ?? "The strap"} is heard.`);
      } catch (refused) {
        this._say(refused.message);
        // Nothing in that room wants them: what is old by then is of no use.
        if (refused.status !== 0) this._waiting = [];
        await later(AGAIN_MS);
      }
    }
    this._sending = false;
  }
}
