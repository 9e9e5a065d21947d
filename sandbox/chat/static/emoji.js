/** A small shelf of emoji; the system's own picker has the rest. */

import { byId, el } from "./dom.js";
import { icon } from "./icons.js";
import { popupMenu } from "./notices.js";
import { t } from "./texts.js";

const SHELF = [
  ..."😀😄😅😂🙂😉😊😍🤩🤔🙃😎😌😬😕😴😢😭😡🤯",
  ..."👋👍👎👌🙏👏💪🤝🔥🎉✨💡✅❌❓❗💬📎📌📈💰💼🧾🚀⏰", "🇺🇦",
];

export function createEmojiButton(button, insert) {
  const draw = () => {
    button.replaceChildren(icon("smile", 22));
    button.setAttribute("aria-label", t("emoji"));
  };
  button.addEventListener("click", () => {
    const shelf = el("div.emoji-shelf", { role: "none" }, SHELF.map((emoji) =>
      el("button", { type: "button", role: "menuitem", on: { click: () => insert(emoji) } }, emoji)));
    const box = byId("composer").getBoundingClientRect();
    popupMenu(button.getBoundingClientRect().right - 300, box.top - 232, [shelf]);
  });
  draw();
  return { relabel: draw };
}
