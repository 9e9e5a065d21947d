/** A small shelf of emoji; the system's own picker has the rest. */

import { byId, el } from "./dom.js";
import { icon } from "./icons.js";
import { popupMenu } from "./notices.js";
import { t } from "./texts.js";

const SHELF = [..."😀😄😅😂🙂😉😊😍🤩🤔🙃😎😌😬😕😴😢😭😡🤯👋👍👎👌🙏👏💪🤝🔥🎉✨💡✅❌❓❗💬📎📌📈💰💼🧾🚀⏰🇺🇦"];

export function createEmojiButton(button, insert) {
  const draw = () => {
    button.replaceChildren(icon("smile", 22));
    button.setAttribute("aria-label", t("emoji"));
  };
  button.addEventListener("click", () => {
    const whole = joinFlags(SHELF);
    const shelf = el("div.emoji-shelf", { role: "none" }, whole.map((emoji) =>
      el("button", { type: "button", role: "menuitem", on: { click: () => insert(emoji) } }, emoji)));
    const box = byId("composer").getBoundingClientRect();
    popupMenu(button.getBoundingClientRect().right - 300, box.top - 232, [shelf]);
  });
  draw();
  return { relabel: draw };
}

/** Two regional letters are one flag. */
function joinFlags(symbols) {
  const joined = [];
  for (const symbol of symbols) {
    const flag = /\p{Regional_Indicator}/u;
    if (flag.test(symbol) && joined.length && flag.test(joined.at(-1)) && [...joined.at(-1)].length === 1) joined.push(joined.pop() + symbol);
    else if (symbol !== "\uFE0F") joined.push(symbol);
  }
  return joined;
}
