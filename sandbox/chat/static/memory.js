/** What this browser remembers: people, unsent words, appearance. Storage may be refused; the page then forgets. */

const PREFIX = "sandbox-chat:";

function read(key, fallback) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key)) ?? fallback;
  } catch {
    return fallback;
  }
}

function write(key, value) {
  try {
    if (value === null || value === "") localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Full or forbidden storage must not stop the person from chatting.
  }
}

/** @returns {{id:number,name:string,language:string}[]} newest first */
export const people = () => read("people", []);

export function rememberPerson(person) {
  write("people", [person, ...people().filter((other) => other.id !== person.id)].slice(0, 8));
}

export function forgetPerson(id) {
  write("people", people().filter((other) => other.id !== id));
}

export const findPerson = (id) => people().find((person) => person.id === id) ?? null;

export const unsentText = (uid) => read(`text:${uid}`, "");
export const keepUnsentText = (uid, text) => write(`text:${uid}`, text);

/** Messages that have not reached the server: `{key, kind, text, reply_to, at, name?}`. */
export const outbox = (uid) => read(`outbox:${uid}`, []);
export const keepOutbox = (uid, items) => write(`outbox:${uid}`, items.length ? items : null);

export const theme = () => read("theme", "auto");
export const keepTheme = (value) => write("theme", value);

/** The secrets of the authenticator page, newest first, as `readSecret` returns them. */
export const authenticators = () => read("authenticators", []);
export const keepAuthenticators = (factors) => write("authenticators", factors.length ? factors : null);
