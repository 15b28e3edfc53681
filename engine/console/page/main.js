// Main: which screen stands, by what the console says of this device and of its rooms.

import { html, render, useEffect, useErrorBoundary, useRef, useState } from "/page/vendor/preact-htm.js";
import { After } from "/page/after.js";
import { Before } from "/page/before.js";
import { During } from "/page/during.js";
import { ListenerPage } from "/page/listener.js";
import { RoomDisplay } from "/page/display.js";
import { ask } from "/page/link.js";

/** Milliseconds between two looks at which rooms are open. */
const LOOK_MS = 2000;

/** Milliseconds after which a page that broke opens anew: time to read that it did. */
const ANEW_MS = 1500;

/** The code that stands in the address, which no server sees; it is good once. */
async function letIn() {
  const code = inAddress("code");
  if (code !== null) {
    history.replaceState(null, "", location.pathname);
    await ask("POST", "/api/pair", { code, name: deviceName() }).catch((refused) => {
      if (refused.status !== 403) throw refused;  // used up: this device may be known all the same
    });
  }
  return ask("GET", "/api/me");
}

function deviceName() {
  const known = ["iPad", "iPhone", "Android", "Windows", "Macintosh", "Linux"];
  return known.find((name) => navigator.userAgent.includes(name)) ?? "browser";
}

function Console() {
  const [me, setMe] = useState(null);
  const [refused, setRefused] = useState("");
  useEffect(() => {
    letIn().then(setMe, (trouble) => setRefused(trouble.message));
  }, []);
  if (refused !== "") return html`<${Pairing} words=${refused} paired=${setMe} />`;
  if (me === null) return html`<main class="quiet"><p>…</p></main>`;
  if (me.role === "client") return html`<${ListenerPage} room=${me.room} />`;
  if (me.role === "display") return html`<${RoomDisplay} room=${me.room} />`;
  return html`<${Desk} />`;
}

/** A device that is not let in: the code by hand. */
function Pairing({ words, paired }) {
  const [code, setCode] = useState("");
  const [said, setSaid] = useState(words);
  const send = (event) => {
    event.preventDefault();
    ask("POST", "/api/pair", { code: code.trim().toLowerCase(), name: deviceName() })
      .then(paired, (refused) => setSaid(refused.message));
  };
  return html`<main class="quiet">
    <h1>Calando</h1>
    <p role="status">${said}</p>
    <form onSubmit=${send}>
      <label for="code">Code</label>
      <input id="code" autocomplete="off" autocapitalize="off" spellcheck=${false} value=${code}
        onInput=${(event) => setCode(event.target.value)} />
      <button disabled=${code.trim() === ""}>Let me in</button>
    </form>
  </main>`;
}

/** What the address says of where this device was, so that a page that is opened again is there too. */
const inAddress = (what) => new URLSearchParams(location.hash.slice(1)).get(what);

// A browser opens nothing anew when only what follows the # was typed or pasted: a room, a sitting, a code.
addEventListener("hashchange", (event) => {
  history.replaceState(null, "", event.newURL);
  location.reload();
});

/** The therapist's console: before, during or after, in one room at a time. */
function Desk() {
  const [rooms, setRooms] = useState(null);
  const [room, setRoom] = useState(inAddress("room"));
  const [over, setOver] = useState(inAddress("sitting"));
  const led = useRef(false);
  useEffect(() => {
    const look = () => ask("GET", "/api/rooms").then((found) => {
      setRooms(found);
      // Whoever comes to a computer that plays wants to see that; who has chosen otherwise stays there. A room
      // that an old address names and that is closed by now has nothing to show.
      if (!led.current) {
        setRoom((chosen) => found.find((each) => each.room === chosen)?.room
          ?? found.find((each) => each.sitting !== null)?.room ?? null);
      }
      led.current = true;
    }, () => {});
    look();
    const looking = setInterval(look, LOOK_MS);
    return () => clearInterval(looking);
  }, []);
  const choose = (name) => {
    history.replaceState(null, "", name === null ? location.pathname : `#room=${name}`);
    setOver(null);
    setRoom(name);
  };
  const lookBack = (sitting) => {
    history.replaceState(null, "", `#sitting=${sitting}`);
    setOver(sitting);
  };
  if (rooms === null) return html`<main class="quiet"><p>…</p></main>`;
  if (over !== null) return html`<${After} sitting=${over} done=${() => choose(null)} />`;
  if (room !== null) {
    return html`<${During} key=${room} room=${room} rooms=${rooms} choose=${choose} over=${lookBack} />`;
  }
  return html`<${Before} rooms=${rooms} choose=${choose} after=${lookBack} />`;
}

/** A page that cannot be drawn would stand still with all its buttons on: it says so, and begins anew. */
function Whole({ children }) {
  const [broken] = useErrorBoundary(() => setTimeout(() => location.reload(), ANEW_MS));
  return broken === undefined ? children : html`<main class="quiet">
    <p role="alert">This page broke, the music did not. It opens anew …</p></main>`;
}

render(html`<${Whole}><${Console} /><//>`, document.getElementById("console"));
