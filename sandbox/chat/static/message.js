/** One message as a row of the conversation. */

import { el } from "./dom.js";
import { isJumbo, renderText } from "./entities.js";
import { clockTime, fullTime } from "./format.js";
import { icon } from "./icons.js";
import { inlineKeyboard } from "./keyboard.js";
import { mediaOf, summary } from "./media.js";
import { t } from "./texts.js";

/**
 * @param {object} message as the user API shows it
 * @param {{first: boolean, last: boolean, replied: object|null|undefined, answered: boolean, sender: string,
 *   repliedSender: string}} place what surrounds it; `replied` is undefined for no reply, null for a deleted one
 * @param {object} ctx api, actions
 */
export function messageRow(message, place, ctx) {
  const own = message.from === "user";
  const words = message.text ?? message.caption ?? "";
  const media = mediaOf(message);
  const jumbo = !media && isJumbo(words, message.entities);
  const meta = el("span.meta", { title: fullTime(message.date) },
    message.edited && el("span", null, `${t("edited")} `),
    el("time", { datetime: new Date(message.date * 1000).toISOString() }, clockTime(message.date)),
    own && tick(place.answered));
  const text = el(`div.text${jumbo ? ".jumbo" : ""}`, { dir: "auto" }, words && renderText(words, message.entities, ctx.actions), meta);
  const bubble = el("div.bubble", null,
    message.forwarded && el("div.forwarded", null, t("forwarded")),
    place.replied !== undefined && quoted(message.reply_to, place, ctx),
    media, text);
  if (media) bubble.classList.add(message.photo ? "with-photo" : message.sticker ? "with-sticker" : "with-file");
  if (!words) bubble.classList.add("wordless");
  const stack = el("div.stack", null, bubble,
    message.keyboard?.length ? inlineKeyboard(message, ctx.api) : null,
    message.reactions?.length ? reactions(message, ctx) : null);
  return el("article.row", {
    class: `${own ? "own" : "bot"}${place.first ? " first" : ""}${place.last ? " last" : ""}`,
    data: { id: message.message_id },
    tabIndex: -1,
    "aria-label": t("message_by", { name: own ? t("you") : place.sender, time: clockTime(message.date) }),
  }, stack, quick(message, ctx));
}

function tick(answered) {
  const label = t(answered ? "answered" : "delivered");
  return el("span.tick", { role: "img", "aria-label": label, title: label }, icon(answered ? "read" : "sent", 15));
}

function quick(message, ctx) {
  return el("div.quick", null,
    el("button", {
      type: "button", tabIndex: -1, title: t("reply"), "aria-label": t("reply"), on: { click: () => ctx.actions.reply(message) },
    }, icon("reply", 18)),
    el("button", {
      type: "button", tabIndex: -1, title: t("actions"), "aria-label": t("actions"), "aria-haspopup": "menu",
      on: { click: ({ clientX, clientY }) => ctx.actions.menu(message, clientX, clientY) },
    }, icon("more", 18)));
}

function quoted(id, place, ctx) {
  const { replied } = place;
  if (!replied) return el("div.quoted.gone", null, t("reply_gone"));
  return el("button.quoted", { type: "button", on: { click: () => ctx.actions.jump(id) } },
    el("bdi.quoted-name", null, place.repliedSender),
    el("bdi.quoted-text", { dir: "auto" }, place.quote || summary(replied)));
}

function reactions(message, ctx) {
  return el("div.reactions", null, message.reactions.map((entry) => {
    const own = entry.from === "user";
    return el(`button.reaction${own ? ".mine" : ""}`, {
      type: "button", "aria-pressed": String(own), on: { click: () => ctx.actions.react(message, entry.emoji) },
    }, entry.emoji);
  }));
}

const PENDING_ICON = { photo: "image", voice: "mic", audio: "mic" };

/** A message that is still on its way, or did not get there. */
export function pendingRow(item, replied, ctx) {
  const failed = item.status === "failed";
  const retry = () => ctx.actions.retry(item);
  const mark = failed
    ? el("span.tick.failed", null, icon("warn", 15))
    : el("span.tick", { role: "img", "aria-label": t("pending") }, icon("clock", 14));
  const file = item.kind === "text" ? null
    : el("span.pending-file", null, icon(PENDING_ICON[item.kind] ?? "file", 18), el("bdi", null, item.name ?? ""));
  const preview = item.kind === "photo" && item.preview ? el("img.pending-photo", { src: item.preview, alt: item.name ?? "" }) : null;
  const bubble = el("div.bubble", null,
    replied && el("div.quoted", null, el("bdi.quoted-text", { dir: "auto" }, summary(replied))),
    preview ?? file,
    el("div.text", { dir: "auto" }, item.text, el("span.meta", null, el("time", null, clockTime(item.at)), mark)));
  return el("article.row.own.first.last", {
    class: failed ? "failed" : "sending", data: { key: item.key }, tabIndex: -1,
    "aria-label": t("message_by", { name: t("you"), time: clockTime(item.at) }),
  },
    el("div.stack", null, bubble, failed && el("div.unsent", null,
      el("button.retry", { type: "button", on: { click: retry } }, icon("retry", 15), t("not_sent")),
      el("button.discard", { type: "button", on: { click: () => ctx.actions.discard(item) } }, t("discard")))));
}
