/** Hands on messages: swipe and double-click reply, a long press or right click opens the menu, arrows walk. */

import { byId } from "./dom.js";

const SWIPE_PX = 56;
const HOLD_MS = 450;
const CONTROLS = "a, button, input, textarea, select, [role=button], pre, summary";

export function createGestures(model, actions) {
  const list = byId("rows");
  const messageAt = (target) => {
    const row = target.closest?.(".row[data-id]");
    return row ? { row, message: model.messages.get(Number(row.dataset.id)) } : {};
  };

  list.addEventListener("dblclick", (event) => {
    const { message } = messageAt(event.target);
    if (!message || event.target.closest(CONTROLS)) return;
    getSelection()?.removeAllRanges();
    actions.reply(message);
  });

  list.addEventListener("contextmenu", (event) => {
    const { message } = messageAt(event.target);
    // Selected words and links keep the browser's own menu.
    if (!message || event.target.closest("a[href]") || String(getSelection())) return;
    event.preventDefault();
    actions.menu(message, event.clientX, event.clientY);
  });

  let touch = null;
  list.addEventListener("pointerdown", (event) => {
    const { row, message } = messageAt(event.target);
    if (event.pointerType === "mouse" || !message || event.target.closest("input, pre")) return;
    touch = { row, message, x: event.clientX, y: event.clientY, swiping: false, hold: null };
    touch.hold = setTimeout(() => {
      const { x, y } = touch;
      settle();
      navigator.vibrate?.(10);
      actions.menu(message, x, y);
    }, HOLD_MS);
  });
  list.addEventListener("pointermove", (event) => {
    if (!touch) return;
    const dx = event.clientX - touch.x;
    const dy = event.clientY - touch.y;
    if (Math.hypot(dx, dy) > 10) clearTimeout(touch.hold);
    if (!touch.swiping && dx < -14 && Math.abs(dx) > Math.abs(dy) * 1.6) {
      touch.swiping = true;
      touch.row.classList.add("swiping");
    }
    if (!touch.swiping) return;
    touch.reach = Math.max(-84, Math.min(0, dx + 14));
    touch.row.style.setProperty("--swipe", `${touch.reach}px`);
    touch.row.classList.toggle("armed", touch.reach <= -SWIPE_PX);
  });
  const settle = () => {
    if (!touch) return;
    clearTimeout(touch.hold);
    touch.row.classList.remove("swiping", "armed");
    touch.row.style.removeProperty("--swipe");
    touch = null;
  };
  list.addEventListener("pointerup", () => {
    const swiped = touch?.swiping && touch.reach <= -SWIPE_PX ? touch.message : null;
    settle();
    if (swiped) actions.reply(swiped);
  });
  list.addEventListener("pointercancel", settle);

  /** From the conversation: arrows go from message to message, Enter opens the menu, R replies. */
  byId("thread").addEventListener("keydown", (event) => {
    if (event.target.closest("button, a, input, [role=button], pre")) return;
    const rows = [...list.querySelectorAll(".row[data-id]")];
    const at = rows.indexOf(document.activeElement);
    if (event.key === "ArrowUp") (rows[at < 0 ? rows.length - 1 : Math.max(0, at - 1)])?.focus();
    else if (event.key === "ArrowDown" && at >= 0) (rows[at + 1] ?? byId("input")).focus();
    else if (at >= 0 && (event.key === "Enter" || event.key === "ContextMenu")) {
      const box = rows[at].querySelector(".bubble").getBoundingClientRect();
      actions.menu(messageAt(rows[at]).message, box.left + 24, box.top + 24);
    } else if (at >= 0 && /^[rк]$/i.test(event.key)) actions.reply(messageAt(rows[at]).message);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
