/** The conversation: rows kept in step with the model, days, the newest edge, what is unread. */

import { add, byId, el, reducedMotion } from "./dom.js";
import { playEffect } from "./effects.js";
import { dayKey, dayTitle } from "./format.js";
import { icon } from "./icons.js";
import { messageRow, pendingRow } from "./message.js";
import { summary } from "./media.js";
import { currentLanguage, t } from "./texts.js";

const WINDOW = 150;
const TOGETHER_S = 60;
const NEAR_PX = 80;
const GLIDE_MS = 900;

export function createThread(model, ctx) {
  const scroller = byId("thread");
  const list = byId("rows");
  const jump = byId("jump");
  const rows = new Map();
  let shown = WINDOW;
  let stuck = true;
  let seen = null;
  let divider = 0;
  let unread = 0;
  let gliding = false;

  const atBottom = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_PX;

  function toBottom(smooth = false) {
    stuck = true;
    gliding = smooth && !reducedMotion();
    scroller.scrollTo({ top: scroller.scrollHeight, behavior: gliding ? "smooth" : "instant" });
    if (gliding) setTimeout(land, GLIDE_MS);
  }

  /** The way down is over: whatever was added below meanwhile is shown too. */
  function land() {
    if (!gliding) return;
    gliding = false;
    if (stuck) toBottom();
    showJump();
  }

  function sync() {
    const messages = model.ordered();
    notice(messages);
    const visible = messages.slice(-shown);
    const answeredTo = model.newestBotId();
    const wanted = [];
    if (visible.length < messages.length) wanted.push(["earlier", "", earlier]);
    visible.forEach((message, index) => {
      const before = visible[index - 1];
      const after = visible[index + 1];
      if (!before || dayKey(before.date) !== dayKey(message.date)) {
        const title = dayTitle(message.date);
        wanted.push([`day:${dayKey(message.date)}`, title, () => separator("div.day", title)]);
      }
      if (message.message_id === divider) wanted.push(["unread", "", () => separator("div.day.fresh", t("new_messages"))]);
      const replied = message.reply_to ? model.messages.get(message.reply_to) ?? null : undefined;
      const place = {
        first: !together(before, message),
        last: !together(message, after),
        answered: message.message_id < answeredTo || message.message_id <= model.heard,
        sender: model.senderName(message),
        replied,
        quote: message.quote?.text ?? "",
        repliedSender: replied ? model.senderName(replied) : "",
      };
      const signature = JSON.stringify([message, place.first, place.last, place.answered, replied && summary(replied)]);
      wanted.push([`m:${message.message_id}`, signature, () => messageRow(message, place, ctx)]);
    });
    for (const item of model.pending) {
      const replied = item.reply_to ? model.messages.get(item.reply_to) : null;
      wanted.push([`p:${item.key}`, item.status, () => pendingRow(item, replied, ctx)]);
    }
    reconcile(wanted);
    list.setAttribute("aria-busy", String(!model.loaded));
    seen ??= model.loaded ? model.newestId() : null;
    if (stuck && !gliding) toBottom();
    showJump();
  }

  /** Rows that did not change keep their node: selections, open quotes and focus survive an update. */
  function reconcile(wanted) {
    const keys = new Set(wanted.map(([key]) => key));
    for (const [key, row] of rows) {
      if (keys.has(key)) continue;
      row.node.remove();
      rows.delete(key);
    }
    let cursor = list.firstElementChild;
    for (const [key, rawSignature, build] of wanted) {
      const signature = currentLanguage() + rawSignature;
      const known = rows.get(key);
      if (known?.signature === signature) {
        if (known.node === cursor) cursor = cursor.nextElementSibling;
        else list.insertBefore(known.node, cursor);
        continue;
      }
      const node = build();
      // A confirmed message takes the place of its own unconfirmed row: that is no arrival.
      const confirmed = key.startsWith("m:") && node.classList.contains("own");
      if (!known && seen !== null && !confirmed) node.classList.add("enter");
      if (known) {
        if (known.node === cursor) cursor = cursor.nextElementSibling;
        swap(known.node, node);
      } else list.insertBefore(node, cursor);
      rows.set(key, { node, signature });
    }
  }

  /** Replaces a row and gives the focus back to the same button of it. */
  function swap(old, fresh) {
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const index = focused ? [...old.querySelectorAll("button, a")].indexOf(focused) : -1;
    old.replaceWith(fresh);
    if (focused) (index >= 0 ? fresh.querySelectorAll("button, a")[index] : fresh)?.focus?.({ preventScroll: true });
  }

  /** Counts what arrived while the reader was elsewhere and remembers where it began. */
  function notice(messages) {
    if (seen === null) return;
    const fresh = messages.filter((message) => message.message_id > seen);
    seen = Math.max(seen, model.newestId());
    const away = document.hidden || !stuck;
    for (const message of fresh) {
      if (message.effect) playEffect(message.effect);
      if (message.from === "user") {
        stuck = true;
        divider = 0;
        unread = 0;
      } else if (away) {
        if (!unread) divider = message.message_id;
        unread += 1;
      }
    }
    ctx.onUnread(unread);
  }

  function read() {
    if (document.hidden || !stuck || !unread) return;
    unread = 0;
    ctx.onUnread(0);
    showJump();
  }

  function showJump() {
    jump.hidden = stuck || atBottom();
    const count = unread && !stuck ? unread : 0;
    jump.replaceChildren(icon("down", 22), ...(count ? [el("span.count", null, count > 99 ? "99+" : count)] : []));
    jump.setAttribute("aria-label", count ? t(count === 1 ? "unread_one" : "unread_many", { count }) : t("to_bottom"));
  }

  function together(a, b) {
    return Boolean(a && b) && a.from === b.from && Math.abs(b.date - a.date) <= TOGETHER_S && dayKey(a.date) === dayKey(b.date);
  }

  function earlier() {
    return el("div.day", null, el("button.earlier", { type: "button", on: { click: showEarlier } }, t("load_earlier")));
  }

  function showEarlier() {
    const fromEnd = scroller.scrollHeight - scroller.scrollTop;
    shown += WINDOW;
    sync();
    scroller.scrollTop = scroller.scrollHeight - fromEnd;
  }

  function goTo(id) {
    while (!rows.has(`m:${id}`) && model.messages.has(id) && shown < model.messages.size) {
      shown += WINDOW;
      sync();
    }
    const node = rows.get(`m:${id}`)?.node;
    if (!node) return;
    stuck = false;
    node.scrollIntoView({ block: "center", behavior: reducedMotion() ? "instant" : "smooth" });
    node.classList.remove("flash");
    requestAnimationFrame(() => node.classList.add("flash"));
    setTimeout(() => node.classList.remove("flash"), 1900);
    node.focus({ preventScroll: true });
  }

  scroller.addEventListener("scroll", () => {
    if (gliding) return;
    stuck = atBottom();
    if (stuck) read();
    showJump();
    if (scroller.scrollTop < 60 && shown < model.messages.size) showEarlier();
  }, { passive: true });
  // The reader's own hand ends the glide.
  for (const name of ["wheel", "touchstart"]) scroller.addEventListener(name, () => { gliding = false; }, { passive: true });
  scroller.addEventListener("scrollend", land);
  jump.addEventListener("click", () => { toBottom(true); read(); });
  document.addEventListener("visibilitychange", read);
  // Pictures load late, drafts grow, the phone's keyboard opens: the newest edge stays in view.
  const keepEdge = new ResizeObserver(() => { if (stuck && !gliding) toBottom(); });
  for (const node of [scroller, byId("flow")]) keepEdge.observe(node);

  model.subscribe(sync);
  sync();
  return { goTo, toBottom, redraw: sync, isStuck: () => stuck };
}

const separator = (kind, title) => el(kind, { role: "separator" }, el("span", null, title));

/** The bar of the newest pinned message. */
export function createPinBar(model, goTo) {
  const bar = byId("pinned");
  model.subscribe(() => {
    const pinned = model.ordered().filter((message) => message.pinned).at(-1);
    bar.hidden = !pinned;
    if (!pinned) return;
    bar.replaceChildren(add(el("button.pin", { type: "button", on: { click: () => goTo(pinned.message_id) } }), [
      icon("pin", 18),
      el("span.pin-words", null, el("span.pin-title", null, t("pinned")), el("bdi.pin-text", { dir: "auto" }, summary(pinned))),
    ]));
  });
}
