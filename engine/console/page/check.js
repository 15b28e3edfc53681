// Check: what is tried before the music: how the strap is heard, how loud it is, how a profile sounds.

import { html, useEffect, useRef, useState } from "/page/vendor/preact-htm.js";
import { ask } from "/page/link.js";

/** Milliseconds between two looks at a signal, and between two signs that the tone is still wanted. */
const LOOK_MS = 1000;
const WANTED_MS = 5000;

/** Range of a hand's trim, dB; the cap stands over it all the same. */
const TRIM_DB = { low: -24, high: 5 };

/** The heart as it is heard now, in words, for as long as one looks. */
export function SignalCheck({ sensor }) {
  const [signal, setSignal] = useState(null);
  const [said, setSaid] = useState("");
  const [on, setOn] = useState(false);
  useEffect(() => setOn(false), [sensor]);
  useEffect(() => {
    if (!on) return undefined;
    let wanted = true;
    const look = (found) => wanted && setSignal(found);
    const trouble = (refused) => wanted && setSaid(refused.message);
    ask("POST", "/api/checks/heart", { sensor }).then(look, trouble);
    const looking = setInterval(() => ask("GET", "/api/checks/heart").then(look, trouble), LOOK_MS);
    return () => {
      wanted = false;
      clearInterval(looking);
      setSignal(null);
      ask("DELETE", "/api/checks/heart").catch(() => {});
    };
  }, [on, sensor]);
  return html`<div class="check">
    <button aria-pressed=${on} class=${on ? "on" : ""} onClick=${() => { setSaid(""); setOn(!on); }}>
      ${on ? "End the check" : "Check the signal"}</button>
    <p role="status">${said || signal?.words || (on ? "…" : "")}</p>
  </div>`;
}

/** A calm chord where the sitting will be heard, and how loud that shall be. */
export function VolumeCheck({ trim, change }) {
  const [on, setOn] = useState(false);
  const [said, setSaid] = useState("");
  const wanted = useRef(trim);
  wanted.current = trim;
  const send = () => ask("POST", "/api/checks/tone", { trim_db: wanted.current })
    .catch((refused) => { setSaid(refused.message); setOn(false); });
  useEffect(() => {
    if (!on) return undefined;
    send();
    const again = setInterval(send, WANTED_MS);
    return () => {
      clearInterval(again);
      ask("DELETE", "/api/checks/tone").catch(() => {});
    };
  }, [on]);
  const moved = (event) => {
    change(Number(event.target.value));
    wanted.current = Number(event.target.value);
    if (on) send();
  };
  return html`<h2>Volume</h2><div class="check volume">
    <button aria-pressed=${on} class=${on ? "on" : ""} onClick=${() => { setSaid(""); setOn(!on); }}>
      ${on ? "End the tone" : "Sound a calm tone"}</button>
    <label for="volume">Volume <small>${trim > 0 ? "+" : ""}${trim.toFixed(0)} dB, cap locked at −18 LUFS</small></label>
    <input id="volume" type="range" min=${TRIM_DB.low} max=${TRIM_DB.high} step="1" value=${trim}
      aria-valuetext=${`${trim.toFixed(0)} dB`} onInput=${moved} />
    <p role="status">${said}</p>
  </div>`;
}

/** Fifteen seconds of a profile, heard on this device. */
export function Preview({ profile, title }) {
  const [doing, setDoing] = useState("");
  const [said, setSaid] = useState("");
  const playing = useRef(null);
  const stop = () => {
    playing.current?.close();
    playing.current = null;
    setDoing("");
  };
  useEffect(() => stop, [profile]);
  const play = async () => {
    setSaid("");
    setDoing("rendering");
    const sound = playing.current = new AudioContext();
    try {
      const answer = await fetch(`/api/profiles/${encodeURIComponent(profile)}/preview`);
      if (!answer.ok) throw new Error((await answer.json()).words);
      const heard = await sound.decodeAudioData(await answer.arrayBuffer());
      if (playing.current !== sound) return;
      const source = new AudioBufferSourceNode(sound, { buffer: heard });
      source.connect(sound.destination);
      source.onended = () => playing.current === sound && stop();
      source.start();
      setDoing("playing");
    } catch (trouble) {
      if (playing.current !== sound) return;
      setSaid(trouble.message);
      stop();
    }
  };
  return html`<div class="check">
    <button aria-pressed=${doing !== ""} class=${doing ? "on" : ""} onClick=${doing ? stop : play}>
      ${doing ? "End the preview" : `Preview ${title}, 15 s`}</button>
    <p role="status">${said || (doing === "rendering" ? "Rendering …" : doing === "playing" ? "Heard on this device." : "")}</p>
  </div>`;
}
