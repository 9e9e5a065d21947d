/** The top of the chat: who the bot is, what it is doing, whether there is a connection; and the first screen. */

import { byId, el } from "./dom.js";
import { renderText } from "./entities.js";
import { icon } from "./icons.js";
import { changeTheme, initial, isDark } from "./side.js";
import { currentLanguage, t } from "./texts.js";

const ACTION_TEXT = { typing: "typing", upload_photo: "sending_file", upload_document: "sending_file", upload_voice: "sending_file" };
const BANNER_DELAY_MS = 700;

export function createHeader(model) {
  const face = byId("bot-face");
  const name = byId("bot-name");
  const status = byId("bot-status");
  const themeButton = byId("theme");
  let unread = 0;

  function draw() {
    name.textContent = model.bot?.name ?? t("app");
    face.textContent = initial(model.bot?.name ?? "G");
    const doing = model.draft ? "writing" : ACTION_TEXT[model.action];
    status.textContent = model.loaded || model.waiting ? t(doing ?? "bot_status") : t("connecting");
    status.classList.toggle("busy", Boolean(doing));
    title();
  }

  function title() {
    const plain = model.bot?.name ?? t("app");
    document.title = unread ? `(${unread}) ${plain}` : plain;
  }

  function drawTheme() {
    themeButton.replaceChildren(icon(isDark() ? "sun" : "moon", 22));
    themeButton.setAttribute("aria-label", `${t("theme")}: ${t(isDark() ? "theme_light" : "theme_dark")}`);
  }

  themeButton.addEventListener("click", () => changeTheme(isDark() ? "light" : "dark"));
  addEventListener("themechange", drawTheme);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawTheme);
  drawTheme();
  model.subscribe(draw);
  draw();
  return {
    unread(count) {
      unread = count;
      title();
    },
    relabel() {
      draw();
      drawTheme();
    },
  };
}

let bannerTimer = null;

/** The banner under the header; a connection lost for a blink shows nothing. */
export function showStatus(status) {
  const banner = byId("banner");
  clearTimeout(bannerTimer);
  if (status === "online") {
    banner.hidden = true;
    document.body.classList.remove("is-offline");
    return;
  }
  const show = () => {
    const text = t(status === "stopped" ? "stopped" : "connecting");
    if (banner.textContent !== text) banner.replaceChildren(el("span.spinner", { "aria-hidden": "true" }), text);
    banner.hidden = false;
    document.body.classList.toggle("is-offline", status === "stopped");
  };
  if (banner.hidden && status === "connecting") bannerTimer = setTimeout(show, BANNER_DELAY_MS);
  else show();
}

/** A chat without messages: what the bot says about itself and one large button. */
export function createStartScreen(model, actions) {
  const box = byId("about");
  const button = byId("start");
  const dock = byId("dock");
  const payload = new URLSearchParams(location.search).get("start");

  function draw() {
    const empty = model.waiting || (model.loaded && !model.messages.size && !model.pending.length);
    const linked = Boolean(payload) && model.loaded && !sent;
    box.hidden = !empty;
    dock.hidden = !model.loaded || empty || linked;
    button.hidden = !((empty || linked) && model.loaded);
    button.replaceChildren(t("start"));
    if (!empty) return;
    const { bot } = model;
    const shown = JSON.stringify([bot?.name, bot?.description, currentLanguage()]);
    if (box.dataset.shown === shown) return;
    box.dataset.shown = shown;
    box.replaceChildren(el("div.about-card", null, bot
      ? [el("span.face.large", { "aria-hidden": "true" }, initial(bot.name)), el("h2", { dir: "auto" }, t("about_bot")),
         el("p", { dir: "auto" }, renderText(bot.description || bot.name, [], actions))]
      : [el("span.spinner.large", { "aria-hidden": "true" }), el("p", null, t("no_bot"))]));
  }

  let sent = false;
  button.addEventListener("click", () => {
    sent = true;
    actions.command(payload ? `/start ${payload}` : "/start");
    if (payload) history.replaceState(null, "", `${location.pathname}${location.hash}`);
    draw();
  });
  model.subscribe(draw);
  draw();
  return { relabel: draw };
}
