/** Where the person writes: text that is never lost, replying, editing, and what Enter does. */

import { byId, el, isTouch } from "./dom.js";
import { icon } from "./icons.js";
import { summary } from "./media.js";
import { keepUnsentText, unsentText } from "./memory.js";
import { TEXT_LIMIT, splitText } from "./delivery.js";
import { t } from "./texts.js";

const MAX_HEIGHT_PX = 220;

/**
 * @param {{delivery: object, actions: object, suggest: object}} ctx
 * @returns {{focus: Function, setReply: Function, setEditing: Function, insert: Function, relabel: Function}}
 */
export function createComposer(model, ctx) {
  const form = byId("composer");
  const input = byId("input");
  const bar = byId("context");
  const limit = byId("limit");
  const send = byId("send");
  let parked = "";

  input.value = unsentText(model.uid);

  function changed() {
    if (!model.editing) keepUnsentText(model.uid, input.value);
    resize();
    const { length } = input.value.trim();
    limit.hidden = length <= TEXT_LIMIT;
    if (length > TEXT_LIMIT) {
      limit.textContent = model.editing ? t("long_edit", { length }) : t("long_text", { length, parts: splitText(input.value.trim()).length });
    }
    form.classList.toggle("has-text", length > 0 || Boolean(model.editing));
    ctx.suggest.update(input.value);
  }

  function resize() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, MAX_HEIGHT_PX)}px`;
    input.style.overflowY = input.scrollHeight > MAX_HEIGHT_PX ? "auto" : "hidden";
  }

  function set(text) {
    input.value = text;
    changed();
    input.setSelectionRange(text.length, text.length);
  }

  async function submit() {
    const text = input.value.trim();
    if (model.editing) {
      if (!text || text.length > TEXT_LIMIT) return;
      if (await ctx.actions.saveEdit(model.editing, text)) setEditing(null);
      return;
    }
    if (!text) return;
    const replyTo = model.replyTo?.message_id ?? null;
    setReply(null);
    set("");
    ctx.delivery.text(text, replyTo);
    focus();
  }

  function setReply(message) {
    if (message && model.editing) setEditing(null);
    model.replyTo = message;
    drawBar();
    input.placeholder = (message && placeholder(message)) || t("composer");
    if (message) focus();
    resize();
  }

  const placeholder = (message) => message.force_reply?.placeholder ?? "";

  function setEditing(message) {
    if (message) {
      if (!model.editing) parked = input.value;
      model.replyTo = null;
      model.editing = message;
      set(message.text ?? message.caption ?? "");
      focus();
    } else if (model.editing) {
      model.editing = null;
      set(parked);
      parked = "";
    }
    input.setAttribute("aria-label", t(model.editing ? "composer_edit" : "composer"));
    input.placeholder = t(model.editing ? "composer_edit" : "composer");
    drawBar();
    changed();
    send.setAttribute("aria-label", t(model.editing ? "save" : "send"));
    send.replaceChildren(icon(model.editing ? "sent" : "send", 22));
  }

  function drawBar() {
    const message = model.editing ?? model.replyTo;
    bar.hidden = !message;
    if (!message) return;
    bar.replaceChildren(
      icon(model.editing ? "edit" : "reply", 20),
      el("button.context-words", { type: "button", on: { click: () => ctx.actions.jump(message.message_id) } },
        el("bdi.context-title", null, model.editing ? t("edit") : t("reply_to", { name: model.senderName(message) })),
        el("bdi.context-text", { dir: "auto" }, summary(message))),
      el("button.plain-icon", { type: "button", "aria-label": t("cancel"), on: { click: leave } }, icon("close")));
  }

  /** Leaves editing or replying; true when there was something to leave. */
  function leave() {
    if (model.editing) setEditing(null);
    else if (model.replyTo) setReply(null);
    else return false;
    focus();
    return true;
  }

  /** The newest own words: those that never left come back into the box, those that did are edited. */
  function reviseLast() {
    const waiting = model.pending.at(-1);
    if (waiting?.status === "failed" && waiting.kind === "text") {
      model.drop(waiting);
      set(waiting.text);
    } else if (!waiting) {
      const own = model.ordered().filter((message) => message.from === "user" && message.text).at(-1);
      if (own) setEditing(own);
    }
  }

  function focus() {
    if (!isTouch() || model.replyTo || model.editing) input.focus({ preventScroll: true });
  }

  function insert(text) {
    input.setRangeText(text, input.selectionStart, input.selectionEnd, "end");
    changed();
    input.focus({ preventScroll: true });
  }

  input.addEventListener("input", changed);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (ctx.suggest.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey && (!isTouch() || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit();
    } else if (event.key === "ArrowUp" && !input.value && !model.replyTo) {
      event.preventDefault();
      reviseLast();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open], .popup") && leave()) event.preventDefault();
  });
  // Typing anywhere writes into the box, as in desktop messengers.
  document.addEventListener("keydown", (event) => {
    const busy = event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ";
    if (busy || document.querySelector("dialog[open], .popup") || byId("dock").hidden) return;
    if (document.activeElement?.closest("input, textarea, button, a, [role=button]")) return;
    input.focus({ preventScroll: true });
  });

  // A question that asks for a reply opens the reply bar once, unless the person is already writing one.
  let asked = null;
  model.subscribe(() => {
    const newest = model.ordered().at(-1);
    if (asked === null && model.loaded) asked = newest?.force_reply ? 0 : newest?.message_id ?? 0;
    if (newest?.force_reply && newest.message_id > (asked ?? 0) && newest.from === "bot") {
      asked = newest.message_id;
      if (!model.editing) setReply(newest);
    }
    if (model.replyTo && !model.messages.has(model.replyTo.message_id)) setReply(null);
  });

  function relabel() {
    input.setAttribute("aria-label", t(model.editing ? "composer_edit" : "composer"));
    input.placeholder = (model.replyTo && placeholder(model.replyTo)) || t(model.editing ? "composer_edit" : "composer");
    send.setAttribute("aria-label", t(model.editing ? "save" : "send"));
    drawBar();
    changed();
  }

  send.replaceChildren(icon("send", 22));
  relabel();
  addEventListener("resize", resize);
  return { focus, setReply, setEditing, insert, set, relabel, text: () => input.value };
}
