// Pads: the listener plays along, on eight fields and a strip. Any of it fits the music: the sound sees to that.

import { html, useEffect, useRef } from "/page/vendor/preact-htm.js";
import { ask, insist, newKey } from "/page/link.js";

/** MIDI numbers of the pads; what is heard is the nearest pitch that goes with the chord. */
const PADS = [55, 58, 62, 65, 69, 72, 76, 79];

/** The strip's lowest key, and how many it holds. */
const STRIP_LOW = 48, STRIP_KEYS = 36;

const SOFTEST = 0.25, LOUDEST = 0.9;

/** Sends what is played in order, one request after another: what is played meanwhile goes with the next one. */
class Player {
  constructor(room, sitting, refused) {
    this.path = `/api/rooms/${encodeURIComponent(room)}/touches`;
    this.sitting = sitting;
    this.refused = refused;
    this.waiting = [];
    this.sends = false;
    this.held = new Map();  // by pointer: the key that is down
  }

  play(key, value) {
    this.waiting.push({ key, value });
    if (!this.sends) this.send();
  }

  async send() {
    this.sends = true;
    while (this.waiting.length > 0) {
      const wish = { kind: "play", keys: this.waiting.splice(0, 32) };
      const body = { sitting: this.sitting, wish };
      await ask("POST", this.path, body, { "idempotency-key": newKey() }).catch(this.refused);
    }
    this.sends = false;
  }

  down(pointer, key, value) {
    if (this.held.get(pointer) === key) return;
    this.up(pointer);
    this.held.set(pointer, key);
    this.play(key, value);
  }

  up(pointer) {
    const key = this.held.get(pointer);
    if (key === undefined) return;
    this.held.delete(pointer);
    if (![...this.held.values()].includes(key)) this.play(key, 0);
  }

  /** Let go of everything, also where the page is going. */
  end() {
    const keys = [...new Set(this.held.values())].map((key) => ({ key, value: 0 }));
    this.held.clear();
    if (keys.length === 0) return;
    const body = { sitting: this.sitting, wish: { kind: "play", keys } };
    ask("POST", this.path, body, { "idempotency-key": newKey() }, true).catch(() => {});
  }
}

/** How hard a touch is meant: the lower on the field, the louder. */
function hardness(event) {
  const { top, height } = event.currentTarget.getBoundingClientRect();
  const share = Math.min(Math.max((event.clientY - top) / height, 0), 1);
  return SOFTEST + (LOUDEST - SOFTEST) * share;
}

function stripKey(event) {
  const { left, width } = event.currentTarget.getBoundingClientRect();
  const share = Math.min(Math.max((event.clientX - left) / width, 0), 0.999);
  return STRIP_LOW + Math.floor(share * STRIP_KEYS);
}

/** What may be wished of what was played. */
export const LOOPS = [
  { what: "4", words: "Loop 4 bars" },
  { what: "8", words: "Loop 8 bars" },
  { what: "keep", words: "Keep it" },
  { what: "motif", words: "Make it the motif" },
  { what: "off", words: "Let it end" },
];

export function Pads({ room, sitting, said }) {
  const refused = (trouble) => said(trouble.message);
  const player = useRef(null);
  if (player.current === null || player.current.sitting !== sitting) {
    player.current?.end();
    player.current = new Player(room, sitting, refused);
  }
  useEffect(() => {
    const end = () => player.current.end();
    window.addEventListener("pagehide", end);
    return () => { window.removeEventListener("pagehide", end); end(); };
  }, []);
  const up = (event) => player.current.up(event.pointerId);
  const down = (key) => (event) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    player.current.down(event.pointerId, key(event), hardness(event));
  };
  const slide = (event) => {
    if (player.current.held.has(event.pointerId)) {
      player.current.down(event.pointerId, stripKey(event), hardness(event));
    }
  };
  // A keyboard presses a pad, too: Enter or the space bar, for as long as it is down.
  const pressed = (key) => (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (!event.repeat) player.current.down(`key ${key}`, key, 0.6);
  };
  const released = (key) => () => player.current.up(`key ${key}`);
  const loop = (what) => insist(
    "POST", player.current.path, { sitting, wish: { kind: "loop", what } }, { "idempotency-key": newKey() },
  ).then((taken) => said(taken.words), refused);
  return html`<section class="pads" aria-label="Play along">
    <div class="fields">${PADS.map((key, n) => html`<button aria-label=${`Pad ${n + 1}`}
      onPointerDown=${down(() => key)} onPointerUp=${up} onPointerCancel=${up}
      onKeyDown=${pressed(key)} onKeyUp=${released(key)} onBlur=${released(key)}></button>`)}</div>
    <div class="strip" role="img" aria-label="A strip to slide on, low to the left"
      onPointerDown=${down(stripKey)} onPointerMove=${slide} onPointerUp=${up} onPointerCancel=${up}></div>
    <div class="loops">${LOOPS.map(({ what, words }) => html`<button onClick=${() => loop(what)}>${words}</button>`)}</div>
  </section>`;
}
