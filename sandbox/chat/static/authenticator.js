/** A phone's authenticator app for people who try the bot without one: secrets stay in this browser. */

import { byId, copyText, el } from "./dom.js";
import { icon } from "./icons.js";
import { authenticators, keepAuthenticators, people } from "./memory.js";
import { toast } from "./notices.js";
import { preferredLanguage, setLanguage, t } from "./texts.js";
import { codeAt, readSecret } from "./totp.js";

const TICK_MS = 250;
const LATE_SECONDS = 6;
const SURE_MS = 4000;
const ROUND = 2 * Math.PI * 20;
const SVG = "http://www.w3.org/2000/svg";

let cards = [];

function drawHead() {
  byId("codes-head").replaceChildren(
    el("img", { src: "icon.svg", alt: "", width: "40", height: "40" }), el("h1", null, t("codes_title")),
    el("a", { href: "./" }, t("codes_back")));
}

function drawForm() {
  const field = el("textarea.field", {
    id: "secret", rows: "2", spellcheck: "false", autocomplete: "off", autocapitalize: "off",
    placeholder: t("codes_hint"), "aria-describedby": "secret-error",
  });
  const problem = el("p.field-error", { id: "secret-error", role: "alert", hidden: true });
  const take = () => {
    const found = readSecret(field.value);
    problem.hidden = Boolean(found);
    problem.textContent = found ? "" : t(field.value.trim() ? "codes_unreadable" : "codes_nothing");
    if (!found) return;
    field.value = "";
    remember(found);
  };
  const submit = (event) => {
    event.preventDefault();
    take();
  };
  field.addEventListener("paste", () => setTimeout(() => readSecret(field.value) && take()));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") submit(event);
  });
  byId("codes-add").replaceChildren(
    el("form.codes-form", { novalidate: true, on: { submit } },
      el("label", { for: "secret" }, t("codes_label")), field, problem,
      el("button.wide.primary", { type: "submit" }, t("codes_add"))),
    el("p.codes-note", null, t("codes_note")));
}

/** The newest stands first; the same secret again only moves there. */
function remember(found) {
  keepAuthenticators([found, ...authenticators().filter(({ secret }) => secret !== found.secret)]);
  drawCards();
  scrollTo({ top: 0, behavior: "smooth" });
  toast(t("codes_added"));
}

function drawCards() {
  cards = authenticators().map(card);
  byId("codes").replaceChildren(...(cards.length ? cards.map(({ node }) => node)
    : [el("div.codes-empty", null, icon("key", 34), el("p", null, t("codes_empty")))]));
  tick();
}

function card(factor) {
  const code = el("button.code-copy", { type: "button", title: t("copy_code"), on: { click: () => copy(code.dataset.code) } });
  const seconds = el("span", { "aria-hidden": "true" });
  const left = circle("left");
  left.setAttribute("stroke-dasharray", ROUND);
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 44 44");
  drawing.append(circle("whole"), left);
  const next = el("b");
  const soon = el("span", { hidden: true }, `${t("codes_next")} `, next);
  const node = el("article.code-card", null,
    el("div.code-who", null, el("strong", { dir: "auto" }, factor.issuer || t("codes_title")), el("small", { dir: "auto" }, factor.name)),
    el("span.code-clock", null, drawing, seconds), code,
    el("div.code-foot", null, el("span", null, soon), remover(factor)));
  return { factor, node, code, seconds, left, soon, next, step: -1 };
}

function circle(name) {
  const drawn = document.createElementNS(SVG, "circle");
  for (const [key, value] of Object.entries({ class: name, cx: 22, cy: 22, r: 20 })) drawn.setAttribute(key, value);
  return drawn;
}

/** Asks once more, because without its secret a factor cannot be used again. */
function remover({ secret }) {
  const button = el("button.code-remove", { type: "button" }, t("codes_remove"));
  button.addEventListener("click", () => {
    if (button.classList.contains("sure")) {
      keepAuthenticators(authenticators().filter((other) => other.secret !== secret));
      drawCards();
      return;
    }
    button.classList.add("sure");
    button.textContent = t("codes_remove_sure");
    setTimeout(() => {
      button.classList.remove("sure");
      button.textContent = t("codes_remove");
    }, SURE_MS);
  });
  return button;
}

async function copy(code) {
  toast(t((await copyText(code)) ? "copied" : "copy_failed"));
}

async function tick() {
  await Promise.all(cards.map(async (shown) => {
    const { factor, node, code, seconds, left, soon, next } = shown;
    const now = Date.now();
    const step = Math.floor(now / 1000 / factor.period);
    const remaining = factor.period - ((now / 1000) % factor.period);
    if (step !== shown.step) {
      shown.step = step;
      const [current, following] = await Promise.all([codeAt(factor, now), codeAt(factor, now + factor.period * 1000)]);
      code.dataset.code = current;
      code.textContent = spaced(current);
      code.setAttribute("aria-label", `${spaced(current)}. ${t("copy_code")}`);
      next.textContent = spaced(following);
    }
    const late = remaining < LATE_SECONDS;
    seconds.textContent = Math.ceil(remaining);
    left.setAttribute("stroke-dashoffset", ROUND * (1 - remaining / factor.period));
    soon.hidden = !late;
    node.classList.toggle("late", late);
    code.classList.toggle("late", late);
  }));
}

const spaced = (code) => `${code.slice(0, Math.ceil(code.length / 2))} ${code.slice(Math.ceil(code.length / 2))}`;

setLanguage(people()[0]?.language ?? preferredLanguage());
document.title = t("codes_title");
drawHead();
drawForm();
drawCards();
setInterval(tick, TICK_MS);
addEventListener("storage", drawCards);
