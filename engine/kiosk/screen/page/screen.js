// Screen: the console's display view, alone, for whoever the kiosk plays for.

import { html, render } from "/page/vendor/preact-htm.js";
import { RoomDisplay } from "/page/display.js";

render(html`<${RoomDisplay} room="kiosk" />`, document.getElementById("console"));
