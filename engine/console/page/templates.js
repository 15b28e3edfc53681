// Templates: how a clinic likes to begin, chosen by its name, kept under one, or kept no longer.

import { html, useEffect, useState } from "/page/vendor/preact-htm.js";
import { ask } from "/page/link.js";

export function Templates({ put, now }) {
  const [all, setAll] = useState([]);
  const [chosen, setChosen] = useState("");
  const [name, setName] = useState("");
  const [said, setSaid] = useState("");
  const look = () => ask("GET", "/api/templates").then(setAll, (refused) => setSaid(refused.message));
  useEffect(() => { look(); }, []);
  const choose = (event) => {
    setChosen(event.target.value);
    const found = all.find((each) => each.name === event.target.value);
    if (found !== undefined) put(found);
  };
  const doing = (method, which, body, words) => ask(method, `/api/templates/${encodeURIComponent(which)}`, body)
    .then(() => { setSaid(words); return look(); }, (refused) => setSaid(refused.message));
  const save = (event) => {
    event.preventDefault();
    const kept = name.trim();
    doing("PUT", kept, now, `Kept as ${kept}.`).then(() => { setChosen(kept); setName(""); });
  };
  const forget = () => doing("DELETE", chosen, undefined, `${chosen} is kept no longer.`).then(() => setChosen(""));
  return html`<div class="templates">
    <label class="inline" for="template">Template</label>
    <select id="template" value=${chosen} onChange=${choose}>
      <option value="">none</option>
      ${all.map((each) => html`<option value=${each.name}>${each.name}</option>`)}</select>
    <button class="small" disabled=${chosen === ""} onClick=${forget}>Delete template</button>
    <form onSubmit=${save}>
      <input aria-label="Name of the template" placeholder="keep this as …" maxlength="60" value=${name}
        onInput=${(event) => setName(event.target.value)} />
      <button class="small" disabled=${name.trim() === ""}>Save template</button>
    </form>
    <p role="status">${said}</p>
  </div>`;
}
