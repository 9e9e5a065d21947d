/** The bubble that grows while the bot writes, and the dots before it does. */

import { byId, el, reducedMotion } from "./dom.js";
import { renderText } from "./entities.js";
import { icon } from "./icons.js";
import { t } from "./texts.js";

const FRAME_MS = 40;

export function createDraft(model, ctx) {
  const box = byId("writing");
  let current = null;
  let shown = 0;
  let timer = null;
  let text = null;
  let stopping = false;

  function sync() {
    const { draft } = model;
    if (!draft) {
      if (current) clear();
      dots();
      return;
    }
    if (current?.draft_id !== draft.draft_id) {
      clear();
      open(draft);
    }
    // A rewritten draft continues from what both have in common.
    shown = Math.min(shown, commonPrefix(current?.text ?? "", draft.text ?? ""));
    current = draft;
    box.querySelector(".stop")?.toggleAttribute("hidden", !draft.can_stop);
    if (document.hidden || reducedMotion()) shown = (draft.text ?? "").length;
    paint();
    timer ??= setInterval(grow, FRAME_MS);
  }

  function open(draft) {
    current = { draft_id: draft.draft_id, text: "" };
    shown = 0;
    stopping = false;
    text = el("div.text", { dir: "auto" });
    const stop = el("button.stop", { type: "button", on: { click: halt } }, icon("stop", 16), t("stop"));
    box.replaceChildren(el("div.row.bot.first.last.draft", { role: "status", "aria-label": t("draft") },
      el("div.stack", null, el("div.bubble", { "aria-hidden": "true" }, text), stop)));
  }

  function clear() {
    clearInterval(timer);
    timer = null;
    current = null;
    text = null;
    box.replaceChildren();
  }

  /** Pieces arrive about once a second; letters appear evenly in between. */
  function grow() {
    const whole = current?.text ?? "";
    if (shown >= whole.length) return;
    shown = Math.min(whole.length, shown + Math.max(2, Math.ceil((whole.length - shown) / 14)));
    if (/[\uD800-\uDBFF]/.test(whole[shown - 1])) shown += 1;
    paint();
  }

  function paint() {
    if (!text) return;
    const visible = (current.text ?? "").slice(0, shown);
    text.replaceChildren(renderText(visible, current.entities ?? [], ctx.actions), el("span.caret"));
    if (!visible) text.prepend(threeDots());
  }

  async function halt() {
    if (stopping) return;
    stopping = true;
    const button = box.querySelector(".stop");
    button.replaceChildren(icon("stop", 16), t("stopping"));
    try {
      await ctx.api.stop(current.draft_id);
    } catch (error) {
      ctx.actions.failed("error_other", error);
      stopping = false;
      button.replaceChildren(icon("stop", 16), t("stop"));
    }
  }

  function dots() {
    const typing = model.action === "typing";
    if (typing === Boolean(box.firstChild)) return;
    if (!typing) box.replaceChildren();
    else box.replaceChildren(el("div.row.bot.first.last", null, el("div.stack", null, el("div.bubble.dots-bubble", null, threeDots()))));
  }

  model.subscribe(sync);
  sync();
}

const threeDots = () => el("span.dots", { "aria-hidden": "true" }, el("i"), el("i"), el("i"));

function commonPrefix(a, b) {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n += 1;
  return n;
}
