/** Message effects: a handful of the emoji rises once when the message arrives. */

import { byId, el, reducedMotion } from "./dom.js";

// The numbers by which the Bot API names its free effects.
const EFFECTS = {
  "5046509860389126442": "🎉", "5159385139981059251": "❤️", "5107584321108051014": "👍",
  "5104841245755180586": "🔥", "5104858069142078462": "👎", "5046589136895476101": "💩",
};
const PIECES = 18;
const LIFE_MS = 2600;

export function playEffect(id) {
  const emoji = EFFECTS[id];
  if (!emoji || reducedMotion() || document.hidden) return;
  const layer = el("div.effect", { "aria-hidden": "true" });
  for (let n = 0; n < PIECES; n += 1) {
    const piece = el("span", null, emoji);
    piece.style.left = `${5 + Math.random() * 90}%`;
    piece.style.fontSize = `${20 + Math.random() * 26}px`;
    piece.style.animationDelay = `${Math.random() * 700}ms`;
    piece.style.setProperty("--drift", `${Math.random() * 120 - 60}px`);
    layer.append(piece);
  }
  byId("stage").append(layer);
  setTimeout(() => layer.remove(), LIFE_MS);
}
