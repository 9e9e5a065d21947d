/** Puts the page together: who is here, which chat, and the parts that show it. */

import { createActions } from "./actions.js";
import { apiFor, openSession } from "./api.js";
import { createAttach, createRecorder } from "./attach.js";
import { createSuggest } from "./commands.js";
import { createComposer } from "./composer.js";
import { createDelivery } from "./delivery.js";
import { byId } from "./dom.js";
import { createDraft } from "./draft.js";
import { createEmojiButton } from "./emoji.js";
import { createGestures } from "./gestures.js";
import { createHeader, createStartScreen, showStatus } from "./header.js";
import { icon } from "./icons.js";
import { replyKeyboard, showLateAnswer } from "./keyboard.js";
import { keepLive } from "./live.js";
import { findPerson, forgetPerson, people, rememberPerson } from "./memory.js";
import { createModel } from "./model.js";
import { toast } from "./notices.js";
import { createSide } from "./side.js";
import { preferredLanguage, setLanguage, t } from "./texts.js";
import { createPinBar, createThread } from "./thread.js";
import { showWelcome } from "./welcome.js";

function route() {
  const { hash } = location;
  if (hash === "#new") return { fresh: true, uid: null };
  const asked = /^#u=(\d+)$/.exec(hash);
  return { fresh: false, uid: asked ? Number(asked[1]) : people()[0]?.id ?? null };
}

function enter(person) {
  history.replaceState(null, "", `#u=${person.id}`);
  openChat(person);
}

function openChat(person) {
  setLanguage(person.language);
  rememberPerson(person);
  byId("welcome").hidden = true;
  byId("app").hidden = false;

  const api = apiFor(person.id);
  const model = createModel(person.id);
  const parts = {};
  const actions = createActions(model, api, parts);
  const delivery = createDelivery(model, api, (error) => {
    actions.failed("error_send", error);
    if (error.status === 404) parts.live.check();
  });
  parts.delivery = delivery;
  const orphans = delivery.takeOrphans();
  const suggest = createSuggest(model, actions.command);
  const composer = createComposer(model, { delivery, actions, suggest });
  parts.composer = composer;

  const header = createHeader(model, person);
  const thread = createThread(model, { api, actions, onUnread: header.unread });
  parts.thread = thread;
  createPinBar(model, thread.goTo);
  createDraft(model, { api, actions });
  createGestures(model, actions);
  const start = createStartScreen(model, actions);
  const attach = createAttach(model, { delivery, composer });
  const recorder = createRecorder(byId("mic"), model, { delivery, composer });
  const emoji = createEmojiButton(byId("emoji"), composer.insert);
  const keys = createReplyKeys(model, delivery);
  byId("attach").replaceChildren(icon("attach", 22));
  byId("attach").addEventListener("click", attach.open);
  byId("commands").replaceChildren(icon("command", 22));
  byId("commands").addEventListener("click", suggest.toggle);

  const relabel = () => {
    byId("attach").setAttribute("aria-label", t("attach"));
    byId("commands").setAttribute("aria-label", t("commands"));
    for (const id of ["thread", "rows"]) byId(id).setAttribute("aria-label", t("thread"));
    byId("drop").firstElementChild.textContent = t("attach_drop");
    byId("suggest").setAttribute("aria-label", t("commands"));
  };
  relabel();
  const side = createSide(person, () => {
    relabel();
    for (const part of [composer, recorder, emoji, keys, header, start]) part.relabel();
    thread.redraw();
    model.changed();
  });

  for (const orphan of orphans) {
    toast(t("attach_lost", { name: orphan.name }));
    if (orphan.text) composer.set([composer.text(), orphan.text].filter(Boolean).join("\n"));
  }

  parts.live = keepLive(api, model, {
    onStatus: showStatus,
    onAnswer: showLateAnswer,
    async onUnknownPerson() {
      // The sandbox was started afresh: the same person comes back under the same id.
      try {
        const session = await openSession(person.name, person.language, person.id);
        if (session.user_id === person.id) location.reload();
        else {
          forgetPerson(person.id);
          rememberPerson({ ...person, id: session.user_id });
          location.hash = `#u=${session.user_id}`;
        }
      } catch {
        forgetPerson(person.id);
        location.hash = "#new";
      }
    },
  });
  composer.focus();
  side.redraw();
}

/** The bot's own keyboard below the composer, newest wins; it can be folded away. */
function createReplyKeys(model, delivery) {
  const box = byId("reply-keys");
  const toggle = byId("toggle-keys");
  let folded = false;
  let shownFor = null;
  const relabel = () => {
    toggle.replaceChildren(icon("keyboard", 22));
    toggle.setAttribute("aria-label", t("keyboard"));
    toggle.setAttribute("aria-expanded", String(!folded));
  };
  function draw() {
    const latest = model.ordered().filter((message) => message.reply_keyboard?.length || message.remove_keyboard).at(-1);
    const source = latest?.reply_keyboard?.length ? latest : null;
    if (source?.message_id !== shownFor) folded = false;
    shownFor = source?.message_id ?? null;
    toggle.hidden = !source;
    box.hidden = !source || folded;
    box.replaceChildren(...(source ? replyKeyboard(source.reply_keyboard, (label) => delivery.text(label, null)) : []));
    relabel();
  }
  toggle.addEventListener("click", () => {
    folded = !folded;
    draw();
  });
  model.subscribe(draw);
  draw();
  return { relabel };
}

function begin() {
  const { fresh, uid } = route();
  const person = uid === null ? null : findPerson(uid);
  if (fresh || uid === null) showWelcome(enter);
  else openChat(person ?? { id: uid, name: `#${uid}`, language: preferredLanguage() });
}

addEventListener("hashchange", () => location.reload());
begin();
