/** Sending: one at a time in the order written, never lost, never repeated without being asked. */

import { Offline } from "./api.js";

export const TEXT_LIMIT = 4096;

/** Splits like the real messenger: at a line break or a space near the limit, never inside a character. */
export function splitText(text) {
  const parts = [];
  let rest = text;
  while (rest.length > TEXT_LIMIT) {
    const window = rest.slice(0, TEXT_LIMIT);
    let cut = window.lastIndexOf("\n");
    if (cut < TEXT_LIMIT / 2) cut = window.lastIndexOf(" ");
    if (cut < TEXT_LIMIT / 2) cut = /[\uD800-\uDBFF]$/.test(window) ? TEXT_LIMIT - 1 : TEXT_LIMIT;
    parts.push(rest.slice(0, cut).trim());
    rest = rest.slice(cut).trim();
  }
  if (rest) parts.push(rest);
  return parts.filter(Boolean);
}

export function createDelivery(model, api, onRefused) {
  let line = Promise.resolve();
  let count = 0;

  function enqueue(item) {
    const now = Date.now();
    count += 1;
    model.pending.push({ key: `${now}-${count}`, at: Math.floor(now / 1000), status: "sending", ...item });
    const added = model.pending.at(-1);
    model.saveOutbox();
    model.changed();
    line = line.then(() => attempt(added));
    return line;
  }

  async function attempt(item) {
    if (!model.pending.includes(item)) return;
    model.begin(item);
    try {
      const message = item.kind === "text"
        ? await api.send(item.text, item.reply_to)
        : await api.upload(item.kind, item.file, item.name, item.text, item.reply_to, item.seconds);
      model.claim(item, message.message_id);
      model.put(message);
    } catch (error) {
      if (!model.pending.includes(item)) return;
      item.status = "failed";
      model.changed();
      if (!(error instanceof Offline)) onRefused(error);
    }
  }

  return {
    text(text, replyTo) {
      for (const [index, part] of splitText(text).entries()) enqueue({ kind: "text", text: part, reply_to: index === 0 ? replyTo : null });
    },
    file(kind, file, name, caption, replyTo, seconds) {
      const preview = kind === "photo" ? URL.createObjectURL(file) : null;
      enqueue({ kind, file, name, text: caption ?? "", reply_to: replyTo, preview, seconds }).then(() => preview && URL.revokeObjectURL(preview));
    },
    retry(item) {
      if (item.status !== "failed") return;
      line = line.then(() => attempt(item));
    },
    discard: (item) => model.drop(item),
    /** Failed uploads from before a reload: their files are gone, their words are handed back. */
    takeOrphans() {
      const orphans = model.pending.filter((item) => item.kind !== "text" && !item.file);
      model.pending = model.pending.filter((item) => !orphans.includes(item));
      model.saveOutbox();
      return orphans;
    },
  };
}
