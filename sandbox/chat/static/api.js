/** The user API of the sandbox's Telegram side, same origin. */

const PRESS_WAIT_S = 30;

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
  // A proxy in front of a stopped system answers for it, in its own words.
  if (!answer && [502, 503, 504].includes(response.status)) throw new Offline(response.statusText);
  const reason = answer?.error ?? response.statusText;
  throw new Refused(response.status, typeof reason === "string" ? reason : JSON.stringify(reason));
}

export const openSession = (name, language, uid = null) =>
  call("POST", "/user/sessions", { name, language_code: language, ...(uid === null ? {} : { user_id: uid }) });

/** Levers of the sandbox's Upwork side. */
export const control = (method, path, body = null) => call(method, `/upwork/control/${path}`, body);

/** Calls for one person. */
export function apiFor(uid) {
  const base = `/user/${uid}`;
  return {
    uid,
    chat: () => call("GET", `${base}/chat`, null, 10_000),
    events: (after) => new EventSource(`${base}/events?after=${after}`),
    send: (text, replyTo) => call("POST", `${base}/send`, { text, ...(replyTo ? { reply_to: replyTo } : {}) }),
    /** Waits for the bot's answer; `data` picks the button where two labels are alike. */
    press: (messageId, label, data) =>
      call("POST", `${base}/press`, { message_id: messageId, label, ...(data ? { data } : {}), wait: PRESS_WAIT_S }, (PRESS_WAIT_S + 10) * 1000),
    edit: (messageId, text) => call("POST", `${base}/edit`, { message_id: messageId, text }),
    react: (messageId, emoji) => call("POST", `${base}/react`, { message_id: messageId, emoji }),
    stop: (draftId) => call("POST", `${base}/stop`, { draft_id: draftId }),
    upload(kind, file, name, caption, replyTo, seconds) {
      const form = new FormData();
      form.set("kind", kind);
      if (caption) form.set("caption", caption);
      if (replyTo) form.set("reply_to", String(replyTo));
      if (seconds) form.set("duration", String(seconds));
      form.set("file", file, name);
      return call("POST", `${base}/upload`, form, 120_000);
    },
  };
}
