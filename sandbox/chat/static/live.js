/** The stream of events: opened, kept open, reopened after every loss with a fresh copy of the chat. */

import { Refused } from "./api.js";
import { applyEvent } from "./model.js";

const RETRY_MS = [300, 700, 1500, 2500];
const PATIENCE_MS = 1200;
const BOT_MS = 1500;

/**
 * @param {{onStatus: (status: "online"|"connecting"|"stopped") => void, onAnswer: (event: object) => void,
 *   onUnknownPerson: () => void}} hooks
 */
export function keepLive(api, model, hooks) {
  let source = null;
  let attempt = 0;
  let timer = null;
  let lostAt = Date.now();
  let refetching = null;

  function lost() {
    source?.close();
    source = null;
    if (timer) return;
    const quiet = Date.now() - lostAt < PATIENCE_MS;
    hooks.onStatus(quiet ? "connecting" : "stopped");
    timer = setTimeout(connect, RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]);
    attempt += 1;
  }

  async function refetch() {
    refetching ??= api.chat().finally(() => { refetching = null; });
    const snapshot = await refetching;
    // Events that arrived meanwhile are newer than this picture.
    if (!source || snapshot.seq >= model.seq) model.load(snapshot);
  }

  /** No bot yet: the chat exists as soon as one comes. */
  function waitForBot() {
    hooks.onStatus("online");
    model.waiting = true;
    model.changed();
    timer = setTimeout(connect, BOT_MS);
  }

  async function connect() {
    timer = null;
    try {
      await refetch();
    } catch (error) {
      if (error instanceof Refused && error.status === 404) hooks.onUnknownPerson();
      else if (error instanceof Refused && error.status === 503) waitForBot();
      else lost();
      return;
    }
    attempt = 0;
    source?.close();
    source = api.events(model.seq);
    const mine = source;
    mine.onopen = () => hooks.onStatus("online");
    mine.onerror = () => {
      if (mine !== source) return;
      lostAt = Date.now();
      lost();
    };
    mine.onmessage = ({ data }) => {
      const event = JSON.parse(data);
      if (event.type === "answer") hooks.onAnswer(event);
      if (!applyEvent(model, event)) refetch().catch(() => {});
    };
  }

  function hurry() {
    if (source || !timer) return;
    clearTimeout(timer);
    connect();
  }
  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) hurry(); });
  // Before the first message the bot's description and commands change without an event.
  setInterval(() => {
    if (source && model.loaded && !model.messages.size && !document.hidden) refetch().catch(() => {});
  }, BOT_MS);
  connect();

  /** Looks again at once: something suggests that the sandbox no longer knows this chat. */
  return { check: () => refetch().catch(() => connect()) };
}
