/** The user API of the sandbox's Telegram side, same origin. */

export class Offline extends Error {}

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function call(method, path, body = null, patience = 30_000) {
  const form = body instanceof FormData;
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body && !form ? { "Content-Type": "application/json" } : {},
      body: body && !form ? JSON.stringify(body) : body,
      signal: AbortSignal.timeout(patience),
      cache: "no-store",
    });
  } catch (error) {
    throw new Offline(String(error));
  }
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  // A proxy in front of a stopped system answers for it.
  if (response.status === 502 || response.status === 503 || response.status === 504) throw new Offline(response.statusText);
  const reason = answer?.detail ?? answer?.error ?? answer?.description ?? response.statusText;
  throw new Refused(response.status, typeof reason === "string" ? reason : JSON.stringify(reason));
}

export const openSession = (name, language, uid = null) =>
  call("POST", "/user/sessions", { name, language_code: language, ...(uid === null ? {} : { user_id: uid }) });

/** Calls for one person. */
export function apiFor(uid) {
  const base = `/user/${uid}`;
  return {
    uid,
    chat: () => call("GET", `${base}/chat`, null, 10_000),
    events: (after) => new EventSource(`${base}/events?after=${after}`),
    send: (text, replyTo) => call("POST", `${base}/send`, { text, ...(replyTo ? { reply_to: replyTo } : {}) }),
    press: (messageId, label, extra) => call("POST", `${base}/press`, { message_id: messageId, label, ...extra }, 60_000),
    edit: (messageId, text) => call("POST", `${base}/edit`, { message_id: messageId, text }),
    react: (messageId, emoji) => call("POST", `${base}/react`, { message_id: messageId, emoji }),
    stop: (draftId) => call("POST", `${base}/stop`, { draft_id: draftId }),
    upload(kind, file, name, caption, replyTo) {
      const form = new FormData();
      form.set("kind", kind);
      if (caption) form.set("caption", caption);
      if (replyTo) form.set("reply_to", String(replyTo));
      form.set("file", file, name);
      return call("POST", `${base}/upload`, form, 120_000);
    },
  };
}
