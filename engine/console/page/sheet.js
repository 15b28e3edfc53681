// Sheet: the page that the listener writes on, saved every two seconds while it grows.

import { ask } from "/page/link.js";

/** Milliseconds after which what was written is saved. */
const SAVE_MS = 2000;

export class Sheet {
  /** `changed()` is called whenever there is something else to show. */
  constructor(room, changed) {
    this.room = room;
    this.words = "";
    this.shared = false;
    this.help = "";
    this.said = "";
    this.kept = true;
    this.questions = { before: [], after: [] };
    this.skipped = new Set();
    this.sitting = null;
    this._leaf = null;
    this._changed = changed;
    this._timer = null;
    this._unsaved = false;
    this._notBefore = 0;
    this._leaving = () => this._unsaved && this._leaf && this._send(true).catch(() => {});
    addEventListener("pagehide", this._leaving);
  }

  close() {
    removeEventListener("pagehide", this._leaving);
    clearTimeout(this._timer);
    this._leaving();
  }

  /** A sitting plays: the page of that one, and nothing of another's. */
  async begin(sitting) {
    if (sitting === null || sitting === this.sitting || performance.now() < this._notBefore) return;
    if (this.sitting !== null) this.clear();
    this.sitting = sitting;
    try {
      const found = await ask("GET", this._path);
      if (found.sitting !== sitting || this.sitting !== sitting) return;
      this._leaf = found.leaf;
      this.kept = found.kept;
      this.questions = found.questions;
      // What was typed before the answer came stays.
      if (this.words === "") Object.assign(this, { words: found.words, shared: found.shared });
    } catch (refused) {
      this.sitting = null;
      this.said = refused.message;
      this._notBefore = performance.now() + SAVE_MS;
    }
    this._changed();
  }

  write(words) {
    this.words = words;
    this._later();
  }

  /** A question that is not asked again on this page. */
  skip(question) {
    this.skipped.add(question);
    this._changed();
  }

  share(shared) {
    this.shared = shared;
    this._later();
  }

  /** Save what is left, then show an empty page: whoever takes this device next reads nothing. */
  async done() {
    clearTimeout(this._timer);
    await this._save();
    if (!this._unsaved) this.clear();
  }

  clear() {
    clearTimeout(this._timer);
    this._leaving();
    this.skipped.clear();
    Object.assign(this, { words: "", shared: false, help: "", said: "", sitting: null, _leaf: null, _timer: null, _unsaved: false });
    this._changed();
  }

  get _path() {
    return `/api/rooms/${encodeURIComponent(this.room)}/page`;
  }

  _later() {
    this._unsaved = true;
    this.said = "";
    this._timer ??= setTimeout(() => this._save(), SAVE_MS);
    this._changed();
  }

  async _save() {
    this._timer = null;
    if (!this._unsaved) return;
    const { words, shared, sitting } = this;
    try {
      if (this._leaf === null) throw new Error("The page is not open yet; it is kept in a moment.");
      const saved = await this._send(false);
      if (sitting !== this.sitting) return;
      this._unsaved = words !== this.words || shared !== this.shared;
      this.help = saved.help ?? this.help;
      this.said = saved.kept ? "Kept." : "There is no record of this sitting: the words stay on this page alone.";
    } catch (refused) {
      this.said = refused.message;
      if (refused.status === 409 || refused.status === 404) this._unsaved = false;
    }
    if (this._unsaved) this._timer ??= setTimeout(() => this._save(), SAVE_MS);
    this._changed();
  }

  _send(leaving) {
    const { sitting, words, shared } = this;
    return ask("POST", this._path, { sitting, leaf: this._leaf, words, shared }, {}, leaving);
  }
}
