/** Buttons under messages and buttons instead of the keyboard. */

import { Offline } from "./api.js";
import { copyText, el, safeUrl } from "./dom.js";
import { icon } from "./icons.js";
import { alertDialog, toast } from "./notices.js";
import { t } from "./texts.js";

const CORNER = { url: "open", web_app: "app", copy: "copy" };

/** Presses under way, by message and place: they outlive a redraw of their message. */
const pressed = new Set();

/** Presses whose answer did not come in time; it may still come with the stream. */
const unanswered = new Set();

export function showLateAnswer(event) {
  if (unanswered.delete(event.callback_id)) showAnswer(event);
}

/** What a press came to: a toast or a dialog, as the bot asked. */
function showAnswer(answer) {
  if (!answer) return;
  if (answer.text) {
    if (answer.show_alert) alertDialog(answer.text);
    else toast(answer.text);
  }
  const url = answer.url && safeUrl(answer.url);
  if (url) window.open(url, "_blank", "noopener,noreferrer");
}

export function inlineKeyboard(message, api) {
  return el("div.keys", null, message.keyboard.map((row, r) =>
    el("div.keys-row", null, row.map((button, c) => keyButton(message, button, `${message.message_id}:${r}:${c}`, api)))));
}

function keyButton(message, button, place, api) {
  const style = button.disabled ? "disabled" : button.style ?? "plain";
  const label = el("bdi.key-label", { dir: "auto" }, button.label);
  const corner = CORNER[button.kind] && !button.disabled ? icon(CORNER[button.kind], 12) : null;
  const url = (button.kind === "url" || button.kind === "web_app") && !button.disabled ? safeUrl(button.url ?? "") : null;
  if (url) {
    return el(`a.key.${style}`, {
      href: url, target: "_blank", rel: "noopener noreferrer", "aria-label": t("button_opens", { label: button.label }),
    }, label, corner);
  }
  const node = el(`button.key.${style}`, { type: "button", data: { place } }, label, corner, el("span.spinner", { "aria-hidden": "true" }));
  if (button.kind === "copy") node.setAttribute("aria-label", t("button_copies", { label: button.label }));
  if (button.disabled) node.setAttribute("aria-disabled", "true");
  if (pressed.has(place)) wait(node);
  node.addEventListener("click", () => {
    if (button.kind === "copy" && !button.disabled) copy(button.copy_text ?? "");
    else press(node, message, button, place, api);
  });
  return node;
}

function wait(node) {
  node.classList.add("waiting");
  node.setAttribute("aria-busy", "true");
}

async function copy(text) {
  toast((await copyText(text)) ? t("copied") : t("copy_failed"));
}

async function press(node, message, button, place, api) {
  if (button.disabled || pressed.has(place)) return;
  pressed.add(place);
  wait(node);
  try {
    const result = await api.press(message.message_id, button.label, button.data);
    if (result?.answer) showAnswer(result.answer);
    else if (result?.callback_id) unanswered.add(result.callback_id);
    if (result?.copied) copy(result.copied);
    if (result?.url) showAnswer({ url: result.url });
  } catch (error) {
    toast(error instanceof Offline ? t("error_offline") : t("error_press", { reason: error.message }));
  } finally {
    pressed.delete(place);
    // The message may have been redrawn meanwhile, so the node pressed is not always the node shown.
    for (const shown of document.querySelectorAll(".key.waiting")) if (shown.dataset.place === place) unwait(shown);
  }
}

function unwait(node) {
  node.classList.remove("waiting");
  node.removeAttribute("aria-busy");
}

/** The rows that replace the phone's keyboard; a press sends the label as a message. */
export function replyKeyboard(rows, send) {
  return rows.map((row) => el("div.keys-row", null, row.map((entry) => {
    const label = typeof entry === "string" ? entry : entry.label ?? entry.text ?? "";
    return el("button.key.plain", { type: "button", on: { click: () => send(label) } }, el("bdi.key-label", { dir: "auto" }, label));
  })));
}
