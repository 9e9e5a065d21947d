/** Building the page without markup: every string becomes a text node, so data can never turn into HTML. */

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "open", "src", "href", "type", "id", "tabIndex"]);

/**
 * Creates an element.
 * @param {string} tag `name` or `name.class.class`
 * @param {object|null} options `on` = listeners, `data` = dataset, known properties, anything else an attribute;
 *   `null`, `undefined` and `false` are left out
 * @param {...(Node|string|number|null|undefined|false|Array)} children
 */
export function el(tag, options = null, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(options ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (key === "data") Object.assign(node.dataset, value);
    else if (key === "class") node.classList.add(...String(value).split(" ").filter(Boolean));
    else if (PROPERTIES.has(key)) node[key] = value;
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  add(node, children);
  return node;
}

export function add(node, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) add(node, child);
    else node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

export const byId = (id) => document.getElementById(id);

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** True where the main pointer is a finger: Enter then starts a new line, as phones do. */
export const isTouch = () => matchMedia("(pointer: coarse)").matches;

/** Only http and https may leave the page; anything else (javascript:, data:, tg:) is not a link. */
const POSTING = /^https:\/\/www\.upwork\.com\/jobs\/(~[\w-]+)$/;

/** Where a link leads from here, or null. A posting is looked for at the stand-in, whose page passes on what it does not have. */
export function safeUrl(raw) {
  try {
    const posting = POSTING.exec(raw);
    const url = new URL(posting ? `upwork.html#${posting[1]}` : raw, location.href);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // The clipboard API needs a secure context and focus; a selection in a text box works without either.
    const box = el("textarea", { class: "offscreen", value: text, "aria-hidden": "true" });
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done;
  }
}
