// Scale: how the listener feels, three answers from 0 to 10, each of which may be left open.

import { html } from "/page/vendor/preact-htm.js";

export const QUESTIONS = [
  { name: "calm", words: "How calm?" },
  { name: "pleasant", words: "How pleasant?" },
  { name: "awake", words: "How awake?" },
];

export function Scales({ when, felt, change }) {
  return html`<div class="scales">${QUESTIONS.map(({ name, words }) => html`
    <fieldset class="scale">
      <legend>${words} <small>${felt[name] === undefined ? "not asked" : `${felt[name]} of 10`}</small></legend>
      <div>${Array.from({ length: 11 }, (_, figure) => html`<label>
        <input type="radio" name=${`${when}-${name}`} checked=${felt[name] === figure}
          onChange=${() => change({ ...felt, [name]: figure })} /><span>${figure}</span></label>`)}
      </div>
    </fieldset>`)}</div>`;
}
