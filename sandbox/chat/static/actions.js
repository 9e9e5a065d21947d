/** What a person can do with a message, wherever it was asked for: bubble, menu, keys, gesture. */

import { Offline } from "./api.js";
import { copyText, el } from "./dom.js";
import { popupMenu, toast } from "./notices.js";
import { t } from "./texts.js";

const QUICK_REACTIONS = ["👍", "❤️", "🔥", "🎉", "🤔", "👎"];

async function copy(words) {
  toast((await copyText(words)) ? t("copied") : t("copy_failed"));
}

/** @param {object} parts filled in later by the page: composer, thread, delivery, live */
export function createActions(model, api, parts) {
  const actions = {
    toast,

    failed(key, error) {
      toast(error instanceof Offline ? t("error_offline") : t(key, { reason: error.message }));
    },

    reply: (message) => parts.composer.setReply(message),
    jump: (id) => parts.thread.goTo(id),
    retry: (item) => parts.delivery.retry(item),
    discard: (item) => parts.delivery.discard(item),

    command(text) {
      parts.delivery.text(text, null);
    },

    /** A deep link to this very bot is a command, not a way out. */
    link(url) {
      const { hostname, pathname, searchParams } = new URL(url);
      const ours = hostname === "t.me" && model.bot?.username && pathname.slice(1).toLowerCase() === model.bot.username.toLowerCase();
      if (!ours) return false;
      actions.command(searchParams.get("start") ? `/start ${searchParams.get("start")}` : "/start");
      return true;
    },

    async saveEdit(message, text) {
      if (text === (message.text ?? message.caption)) return true;
      try {
        model.put(await api.edit(message.message_id, text));
        return true;
      } catch (error) {
        actions.failed("error_edit", error);
        return false;
      }
    },

    async react(message, emoji) {
      const had = (message.reactions ?? []).some((entry) => entry.emoji === emoji && entry.from === "user");
      try {
        model.put(await api.react(message.message_id, had ? null : emoji));
      } catch (error) {
        actions.failed("error_other", error);
      }
    },

    menu(message, x, y) {
      const words = message.text ?? message.caption ?? "";
      const editable = message.from === "user" && message.text;
      const faces = el("div.popup-faces", { role: "none" }, QUICK_REACTIONS.map((emoji) => el("button", {
        type: "button", role: "menuitem", "aria-label": t("react", { emoji }), "data-closes": true,
        on: { click: () => actions.react(message, emoji) },
      }, emoji)));
      popupMenu(x, y, [
        faces,
        { icon: "reply", label: t("reply"), run: () => actions.reply(message) },
        ...(words ? [{ icon: "copy", label: t("copy"), run: () => copy(words) }] : []),
        ...(editable ? [{ icon: "edit", label: t("edit"), run: () => parts.composer.setEditing(message) }] : []),
      ]);
    },
  };
  return actions;
}
