// Arrival: whoever comes to another screen begins at its heading, by ear and by keyboard.

import { useEffect, useRef } from "/page/vendor/preact-htm.js";

/** The page itself begins at its top. */
let first = true;

/** For a heading with tabindex -1: it takes the focus when its screen comes, or `screen` becomes another. */
export function useArrival(screen = "") {
  const heading = useRef(null);
  useEffect(() => {
    if (!first) heading.current.focus();
    first = false;
  }, [screen]);
  return heading;
}
