// Link: the stream of one room, how old what it told is, and every request to the console's API.

/** Milliseconds without a word after which what is shown is called old. */
export const STALE_MS = 1000;

/** Milliseconds after which a stream that says nothing is opened anew, at first; and at most, for a server that
 * takes longer than that to answer would never be heard. */
const REOPEN_MS = 2500, REOPEN_MOST_MS = 10000;

/** What went wrong with a request: its status (0 where nothing answered) and one sentence. */
export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

/** Ask the API; the answer's JSON. Throws Refused. One that is `leaving` outlives the page that asks. */
export async function ask(method, path, body, headers = {}, leaving = false) {
  let response, told;
  try {
    response = await fetch(path, {
      method,
      keepalive: leaving,
      headers: body === undefined ? headers : { "content-type": "application/json", ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    told = await response.json().catch((cut) => {
      if (response.ok) throw cut;  // an answer that was cut short is none
      return {};
    });
  } catch {
    throw new Refused(0, "The console does not answer; nothing is known of what was asked.");
  }
  if (!response.ok) throw new Refused(response.status, told.words ?? `The console answers ${response.status}.`);
  return told;
}

/** Milliseconds between two tries, and how long it is tried, where nothing answers. */
const AGAIN_MS = 200;
const UNTIL_MS = 10000;

/**
 * Ask for what may come twice, since it is done once or only looked at: where nothing answers, again. A
 * server that has died meanwhile is back by then, and the room knows what it has done already.
 */
export async function insist(method, path, body, headers, untilMs = UNTIL_MS) {
  const until = performance.now() + untilMs;
  for (;;) {
    try {
      return await ask(method, path, body, headers);
    } catch (refused) {
      if (refused.status !== 0 || performance.now() > until) throw refused;
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
}

/** An id that nobody has had before. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * One room, followed. `seen(name, data)` is called for every event; `aged()` whenever staleness changes, and
 * several times a second while the link is stale.
 */
export class Link {
  constructor(room, seen, aged) {
    this.room = room;
    this.stale = true;
    this.heardAt = performance.now();
    this.stateAt = null;
    this.playing = false;
    this._seen = seen;
    this._aged = aged;
    this._source = null;
    this._wallMs = Date.now() - performance.now();
    this._reopenMs = REOPEN_MS;
    this._open();
    this._watchdog = setInterval(() => this._watch(), 100);
    this._shown = () => this._turn();
    document.addEventListener("visibilitychange", this._shown);
  }

  /** Milliseconds since what is shown was told. */
  get age() {
    return performance.now() - (this.playing && this.stateAt !== null ? this.stateAt : this.heardAt);
  }

  /** Whether the console itself has not been heard; while it has, a stop is heeded, whatever the engine does. */
  get deaf() {
    return performance.now() - this.heardAt > STALE_MS;
  }

  close() {
    clearInterval(this._watchdog);
    document.removeEventListener("visibilitychange", this._shown);
    this._source?.close();
  }

  /** A browser has six connections to one computer for all its tabs: one that nobody sees gives its own back,
   * or the touches of the one that is seen would wait for it. Shown again it is told the whole. */
  _turn() {
    if (document.hidden) this._source.close();
    else this._open();
    this._watch();
  }

  _open() {
    this._source?.close();
    this._openedAt = performance.now();
    const source = new EventSource(`/api/rooms/${encodeURIComponent(this.room)}/events`);
    for (const name of ["hello", "state", "event", "answer", "sounding", "page", "over", "gone", "alive"]) {
      source.addEventListener(name, (event) => this._hear(name, JSON.parse(event.data)));
    }
    source.addEventListener("error", () => this._turnedAway(source));
    this._source = source;
  }

  /** A device that was shown out is no longer told anything: it opens anew, and says so. */
  async _turnedAway(source) {
    if (source.readyState !== EventSource.CLOSED || source !== this._source) return;
    await ask("GET", "/api/me").catch((refused) => refused.status === 401 && location.reload());
  }

  _hear(name, data) {
    this._seen(name, data);  // what cannot be shown was not heard: the page grows old, and says so
    this.heardAt = performance.now();
    this._reopenMs = REOPEN_MS;
    if (name === "hello") this.playing = data.sitting !== null;
    if (name === "over" || name === "gone") this.playing = false;
    if (name === "state") this.stateAt = this.heardAt;
    if (name === "hello" && this.playing) this.stateAt ??= this.heardAt;
    this._watch();
  }

  _watch() {
    this._wake();
    const stale = this.age > STALE_MS;
    if (stale || stale !== this.stale) {
      this.stale = stale;
      this._aged();
    }
    if (document.hidden) return;
    const quiet = performance.now() - Math.max(this.heardAt, this._openedAt);
    if (quiet > this._reopenMs) {
      this._reopenMs = Math.min(1.5 * this._reopenMs, REOPEN_MOST_MS);
      this._open();
    } else if (this._source.readyState === EventSource.CLOSED && quiet > 500) {
      this._open();
    }
  }

  /** Some devices stop their monotonic clock while they sleep: what is shown is older by that. */
  _wake() {
    const wallMs = Date.now() - performance.now();
    const slept = wallMs - this._wallMs;
    this._wallMs = wallMs;
    if (slept < STALE_MS) return;
    this.heardAt -= slept;
    if (this.stateAt !== null) this.stateAt -= slept;
  }
}
