// Light: a breath to breathe with, in step with the swell of the music.

import { html, useEffect, useRef } from "/page/vendor/preact-htm.js";

/** Share of a breath that is the inhale, as the swell has it (engine.music.controls). */
const INHALE = 0.4;

/** `pace.current`: { phase: 0 to 1 from the inhale on, perMinute, at: performance.now() }, or null. */
export function Light({ pace }) {
  const disc = useRef(null);
  useEffect(() => {
    let frame = 0;
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    const draw = (now) => {
      const told = pace.current;
      const full = told === null ? 0 : fullness((told.phase + ((now - told.at) / 60000) * told.perMinute) % 1);
      disc.current.style.opacity = String(0.25 + 0.75 * full);
      disc.current.style.transform = calm.matches ? "scale(0.8)" : `scale(${0.45 + 0.55 * full})`;
      frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);
  }, []);
  return html`<div class="light" role="img" aria-label="A light that breathes with the music"><div class="disc" ref=${disc}></div></div>`;
}

function fullness(phase) {
  const share = phase < INHALE ? phase / INHALE : 1 - (phase - INHALE) / (1 - INHALE);
  return (1 - Math.cos(Math.PI * share)) / 2;
}

/** What a state tells a light. */
export function paced(snapshot) {
  return { phase: snapshot.breath_guide_phase, perMinute: snapshot.breath_guide_per_min, at: performance.now() };
}
