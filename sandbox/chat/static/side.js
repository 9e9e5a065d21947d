/** The panel beside the chat: who is here, what is simulated, how it looks. */

import { openSession } from "./api.js";
import { byId, el } from "./dom.js";
import { icon } from "./icons.js";
import { keepTheme, people, rememberPerson, theme } from "./memory.js";
import { LANGUAGES, currentLanguage, setLanguage, t } from "./texts.js";

const PLACES = (uid) => [
  ["sim_telegram", "send", null],
  ["sim_upwork", "briefcase", "upwork.html"],
  ["sim_codes", "key", "authenticator.html"],
  ["sim_mail", "mail", "/mail/"],
  ["sim_sms", "phone", "/sms/"],
  ["sim_transcript", "list", `/user/${uid}/transcript`],
];

export function createSide(person, onLanguage) {
  const panel = byId("side");
  const opener = byId("open-side");

  function draw() {
    panel.setAttribute("aria-label", t("panel"));
    opener.setAttribute("aria-label", t("panel_open"));
    panel.replaceChildren(
      el("div.side-head", null, el("img", { src: "icon.svg", alt: "", width: "36", height: "36" }), el("strong", null, t("app")),
        el("button.plain-icon.side-close", { type: "button", "aria-label": t("close"), on: { click: close } }, icon("close"))),
      section(t("people"),
        people().map(somebody),
        el("a.side-item", { href: "#new", target: "_blank", rel: "noopener" },
          el("span.face.add", { "aria-hidden": "true" }, icon("plus", 18)), t("second"))),
      section(t("simulated"), PLACES(person.id).map(([key, name, href]) => place(key, name, href)), el("p.side-note", null, t("sim_note"))),
      section(t("welcome_language"), segment(LANGUAGES, currentLanguage(), changeLanguage)),
      section(t("theme"), segment({ auto: t("theme_auto"), light: t("theme_light"), dark: t("theme_dark") }, theme(), changeTheme)));
  }

  const somebody = ({ id, name }) => el("a.side-item", { href: `#u=${id}`, "aria-current": id === person.id ? "page" : null },
    el("span.face", { "aria-hidden": "true" }, initial(name)), el("bdi", { dir: "auto" }, name));

  function place(key, name, href) {
    const words = el("span.side-words", null, el("span", null, t(key)), el("small", null, t(`${key}_text`)));
    const inside = [icon(name, 20), words, href ? icon("open", 14) : null];
    return href ? el("a.side-item", { href, target: "_blank", rel: "noopener" }, inside) : el("div.side-item.here", null, inside);
  }

  async function changeLanguage(code) {
    const changed = { ...person, language: code };
    rememberPerson(changed);
    setLanguage(code);
    onLanguage();
    draw();
    // The bot hears the person's language with the next message, as from a phone set to it.
    await openSession(person.name, code, person.id).catch(() => {});
  }

  function open() {
    panel.classList.add("open");
    byId("shade").hidden = false;
    panel.querySelector(".side-close").focus();
  }

  function close() {
    if (!panel.classList.contains("open")) return;
    panel.classList.remove("open");
    byId("shade").hidden = true;
    opener.focus();
  }

  opener.replaceChildren(icon("menu", 22));
  opener.addEventListener("click", open);
  byId("shade").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel.classList.contains("open")) {
      event.preventDefault();
      close();
    }
  });
  draw();
  return { redraw: draw };
}

const section = (title, ...content) => el("section.side-section", null, el("h2", null, title), content);

export const initial = (name) => [...(name ?? "?").trim()][0]?.toUpperCase() ?? "?";

function segment(options, current, run) {
  return el("div.segment", { role: "group" }, Object.entries(options).map(([value, label]) =>
    el("button", { type: "button", "aria-pressed": String(value === current), on: { click: () => run(value) } }, label)));
}

/** The chosen appearance for this browser; "auto" follows the system. */
export function changeTheme(value) {
  keepTheme(value);
  document.documentElement.dataset.theme = value;
  dispatchEvent(new Event("themechange"));
}

export const isDark = () => {
  const { theme: chosen } = document.documentElement.dataset;
  return chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
};
