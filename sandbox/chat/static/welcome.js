/** The first visit: a name, a language, and the chat opens. */

import { Offline, openSession } from "./api.js";
import { byId, el } from "./dom.js";
import { people, rememberPerson } from "./memory.js";
import { LANGUAGES, preferredLanguage, setLanguage, t } from "./texts.js";

/** @param {(person: {id:number,name:string,language:string}) => void} onReady */
export function showWelcome(onReady) {
  let language = preferredLanguage();
  let typed = "";
  const root = byId("welcome");

  function draw() {
    setLanguage(language);
    document.title = t("app");
    const name = el("input.field", {
      type: "text", value: typed, maxlength: "64", autocomplete: "given-name", placeholder: t("welcome_name_hint"), id: "name", dir: "auto",
    });
    const error = el("p.field-error", { role: "alert" });
    const enter = el("button.wide.primary", { type: "submit" }, t("welcome_enter"));
    const languages = el("fieldset.choice", null, el("legend", null, t("welcome_language")),
      Object.entries(LANGUAGES).map(([code, label]) => el("label", { lang: code },
        el("input", { type: "radio", name: "language", value: code, checked: code === language, on: { change: () => {
          language = code;
          typed = name.value;
          draw();
          root.querySelector(`input[value=${code}]`).focus();
        } } }), el("span", null, label))));
    const form = el("form.welcome-form", { novalidate: true }, el("label.label", { for: "name" }, t("welcome_name")), name, languages, error, enter);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!name.value.trim()) {
        error.textContent = t("welcome_empty");
        name.focus();
        return;
      }
      enter.disabled = true;
      error.textContent = "";
      try {
        const session = await openSession(name.value.trim(), language);
        const person = { id: session.user_id, name: session.name ?? name.value.trim(), language };
        rememberPerson(person);
        onReady(person);
      } catch (failure) {
        error.textContent = failure instanceof Offline ? t("stopped") : t("error_other", { reason: failure.message });
        enter.disabled = false;
      }
    });
    const known = people();
    root.replaceChildren(el("div.welcome-card", null,
      el("img.mark", { src: "icon.svg", alt: "", width: "72", height: "72" }),
      el("h1", null, t("welcome_title")),
      el("p.welcome-text", null, t("welcome_text")),
      form,
      known.length ? el("div.known", null, el("h2", null, t("welcome_known")), el("div.known-list", null,
        known.map((person) =>
          el("button.known-person", { type: "button", dir: "auto", on: { click: () => onReady(person) } }, person.name)))) : null));
    if (!typed) name.focus({ preventScroll: true });
  }

  root.hidden = false;
  byId("app").hidden = true;
  draw();
}
