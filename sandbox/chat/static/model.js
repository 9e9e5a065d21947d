/** What one person's chat looks like right now, and who wants to know when it changes. */

import { keepOutbox, outbox } from "./memory.js";

const HANDOVER_MS = 600;
const ACTION_S = 5;

export function createModel(uid) {
  const listeners = new Set();
  let announced = false;
  let actionEnds = null;

  const model = {
    uid,
    user: null,
    bot: null,
    messages: new Map(),
    draft: null,
    action: null,
    seq: 0,
    loaded: false,
    /** the sandbox runs, but no bot has come yet */
    waiting: false,
    heard: 0,
    /** own messages not yet confirmed: {key, kind, text, reply_to, at, status, after?, message_id?, file?, name?} */
    pending: outbox(uid).map((item) => ({ ...item, status: "failed" })),
    /** ids of messages that are known to be one of `pending`, each for one item only */
    claimed: new Set(),
    replyTo: null,
    editing: null,

    subscribe(listener) {
      listeners.add(listener);
    },

    /** Tells the views once per turn, however many things changed. */
    changed() {
      if (announced) return;
      announced = true;
      queueMicrotask(() => {
        announced = false;
        for (const listener of listeners) listener(model);
      });
    },

    /** Messages in the order of the chat. */
    ordered: () => [...model.messages.values()].sort((a, b) => a.message_id - b.message_id),

    newestBotId() {
      let newest = 0;
      for (const message of model.messages.values()) {
        if (message.from === "bot" && message.message_id > newest) newest = message.message_id;
      }
      return newest;
    },

    /** The bot stirs: it has read what was said so far. */
    hear() {
      model.heard = Math.max(model.heard, model.newestId());
    },

    newestId: () => Math.max(0, ...model.messages.keys()),

    senderName: (message) => (message.from === "bot" ? model.bot?.name ?? "" : model.user?.name ?? ""),

    /** What the bot is doing, until it says something or the time is over. */
    act(action, seconds = ACTION_S) {
      clearTimeout(actionEnds);
      model.action = action ?? null;
      if (action) model.hear();
      if (action) actionEnds = setTimeout(() => { model.act(null); model.changed(); }, seconds * 1000);
    },

    /** Replaces everything with the server's view; what is unsent stays. */
    load(snapshot) {
      model.user = snapshot.user ?? model.user;
      model.bot = snapshot.bot ?? null;
      model.messages = new Map((snapshot.messages ?? []).map((message) => [message.message_id, message]));
      model.draft = snapshot.draft ?? null;
      model.act(snapshot.action);
      model.waiting = false;
      model.seq = snapshot.seq ?? 0;
      model.loaded = true;
      for (const item of [...model.pending]) model.settle(item);
      model.changed();
    },

    put(message) {
      // An answer may arrive after a newer event about the same message.
      if ((model.messages.get(message.message_id)?.seq ?? 0) > (message.seq ?? Infinity)) return;
      model.messages.set(message.message_id, { ...model.messages.get(message.message_id), ...message });
      if (message.from === "bot") model.act(null);
      for (const item of [...model.pending]) model.settle(item);
      model.changed();
    },

    /** An attempt begins: what the server shows from here on may be its result. */
    begin(item) {
      item.status = "sending";
      item.after ??= Math.max(model.newestId(), ...model.claimed);
      model.saveOutbox();
      model.changed();
    },

    /** The server named the message that the item became. */
    claim(item, messageId) {
      item.message_id = messageId;
      model.claimed.add(messageId);
    },

    /**
     * Drops an unconfirmed item once the server shows its message: by id when the answer arrived, else by
     * the same words, newer than anything known when it was first tried. So a request whose answer was lost
     * is not offered for a second sending.
     */
    settle(item) {
      const found = item.message_id
        ? model.messages.get(item.message_id)
        : [...model.messages.values()].find((message) =>
            message.from === "user" && item.kind === "text" && message.message_id > (item.after ?? Infinity) &&
            message.text === item.text && !model.claimed.has(message.message_id));
      if (!found) return;
      model.claim(item, found.message_id);
      model.drop(item);
    },

    drop(item) {
      model.pending = model.pending.filter((other) => other !== item);
      model.saveOutbox();
      model.changed();
    },

    /** Files cannot be kept across a reload; their name and caption can, so that the words are not lost. */
    saveOutbox() {
      keepOutbox(uid, model.pending.map(({ key, kind, text, reply_to, at, after, name }) => ({ key, kind, text, reply_to, at, after, name })));
    },
  };
  return model;
}

/** A draft that became a message stays until that message is here, so that nothing flickers. */
function endDraft(model, reason) {
  const ended = model.draft;
  const remove = () => {
    if (model.draft !== ended) return;
    model.draft = null;
    model.changed();
  };
  if (reason === "sent") setTimeout(remove, HANDOVER_MS);
  else remove();
}

/**
 * Applies one event of the stream. Returns false when it cannot be understood and the chat must be fetched anew.
 */
export function applyEvent(model, event) {
  if (typeof event.seq === "number") model.seq = Math.max(model.seq, event.seq);
  const message = event.message ?? null;
  switch (event.type) {
    case "message":
    case "edited":
      if (!message?.message_id) return false;
      if (event.type === "message" && message.from === "bot") model.draft = null;
      model.put(message);
      return true;
    case "deleted":
      for (const id of event.message_ids ?? [event.message_id]) model.messages.delete(id);
      break;
    case "draft":
      model.draft = event.draft ?? null;
      model.act(null);
      model.hear();
      break;
    case "draft_end":
      endDraft(model, event.reason);
      break;
    case "action":
      model.act(event.action, event.seconds);
      break;
    case "answer":
      break;
    default:
      // "commands", "resync" and whatever the sandbox learns later: the chat as a whole knows.
      return false;
  }
  model.changed();
  return true;
}
