// Prompts: three questions before and three after, for whom an empty page is hard; each may be left out.

import { html } from "/page/vendor/preact-htm.js";

/** The next question that was neither taken up nor left out; below it the listener answers in their own words. */
export function Prompt({ sheet, over, taken }) {
  const questions = sheet.questions[over ? "after" : "before"];
  const next = questions.find((each) => !sheet.skipped.has(each) && !sheet.words.includes(each));
  if (next === undefined) return null;
  const take = () => {
    const before = sheet.words.trimEnd();
    sheet.write(`${before}${before === "" ? "" : "\n\n"}${next}\n`);
    taken();
  };
  return html`<div class="prompt" role="group" aria-label="A question, if you like">
    <p>${next}</p>
    <button onClick=${take}>Answer this</button>
    <button onClick=${() => sheet.skip(next)}>Skip</button>
  </div>`;
}
