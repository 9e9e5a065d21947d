/** Toasts, questions and warnings: everything that appears above the chat. */

import { byId, el } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./texts.js";

const TOAST_MS = 3500;

/** A short remark that leaves by itself; longer texts stay longer. */
export function toast(text) {
  const box = el("div.toast", { dir: "auto" }, text);
  byId("toasts").append(box);
  setTimeout(() => box.classList.add("leaving"), TOAST_MS + Math.min(text.length * 25, 4000));
  setTimeout(() => box.remove(), TOAST_MS + Math.min(text.length * 25, 4000) + 250);
}

/** Shows a modal dialog and hands back the element; it removes itself when closed, focus returns by itself. */
export function modal(className, ...children) {
  const dialog = el(`dialog.${className}`, null, ...children);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** `show_alert`: stays until it is read. */
export function alertDialog(text) {
  const ok = el("button.wide.primary", { type: "button" }, t("ok"));
  const dialog = modal("alert", el("p", { dir: "auto" }, text), ok);
  dialog.setAttribute("role", "alertdialog");
  ok.addEventListener("click", () => dialog.close());
}

export function lightbox(url, name, caption) {
  const image = el("img", { src: url, alt: caption || name || t("photo") });
  const close = el("button.round", { type: "button", "aria-label": t("close") }, icon("close"));
  const save = el("a.round", { href: url, download: name || "", "aria-label": t("download") }, icon("download"));
  const dialog = modal("lightbox", el("div.lightbox-bar", null, el("span", { dir: "auto" }, caption || name || ""), save, close), image);
  dialog.setAttribute("aria-label", t("photo"));
  close.addEventListener("click", () => dialog.close());
  image.addEventListener("click", () => dialog.close());
}

/** A menu at a point: `items` are {icon, label, run, danger?} or a ready node. */
export function popupMenu(x, y, items) {
  document.querySelector(".popup")?.remove();
  const opener = document.activeElement;
  const close = (refocus) => {
    menu.remove();
    removeEventListener("pointerdown", outside, true);
    removeEventListener("wheel", outside, true);
    if (refocus) opener?.focus?.({ preventScroll: true });
  };
  const outside = (event) => { if (!menu.contains(event.target)) close(false); };
  const menu = el("div.popup", { role: "menu" }, items.map((item) => item instanceof Node ? item :
    el(`button.popup-item${item.danger ? ".danger" : ""}`, {
      type: "button", role: "menuitem", on: { click: () => { close(true); item.run(); } },
    }, icon(item.icon, 18), item.label)));
  menu.addEventListener("click", (event) => { if (event.target.closest("[data-closes]")) close(true); });
  menu.addEventListener("keydown", (event) => {
    const buttons = [...menu.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") close(true);
    else if (event.key === "Tab") close(true);
    else if (step) buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  document.body.append(menu);
  menu.style.left = `${Math.max(8, Math.min(x, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(y, innerHeight - menu.offsetHeight - 8))}px`;
  menu.querySelector("button")?.focus({ preventScroll: true });
  addEventListener("pointerdown", outside, true);
  // The reader's own scrolling closes it; a growing conversation does not.
  addEventListener("wheel", outside, { capture: true, passive: true });
  return menu;
}
