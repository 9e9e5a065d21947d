/** Message text with its entities as DOM. Offsets count UTF-16 units, which is what JavaScript strings count too. */

import { copyText, el, safeUrl } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./texts.js";

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const PLAIN_TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s",
  mention: "span.mention", hashtag: "span.mention", cashtag: "span.mention",
};
const FOUND = /(https?:\/\/[^\s<>"']*[^\s<>"'.,:;!?)\]}»])|(?<![\w/])(\/[a-z][a-z0-9_]{0,31})(?![\w/])/gi;

/**
 * @param {string} text
 * @param {{type:string,offset:number,length:number,url?:string,language?:string}[]} entities
 * @param {{command: (command: string) => void, link?: (url: string) => boolean, toast: (text: string) => void}} actions
 */
export function renderText(text, entities, actions) {
  const root = document.createDocumentFragment();
  const list = (entities ?? [])
    .map((entity) => ({ ...entity, start: entity.offset, end: Math.min(entity.offset + entity.length, text.length) }))
    .filter((entity) => entity.start >= 0 && entity.end > entity.start)
    .sort(outermostFirst);
  fill(root, text, 0, text.length, list, actions, 0);
  return root;
}

const outermostFirst = (a, b) => a.start - b.start || b.end - a.end;

function fill(parent, text, from, to, entities, actions, depth) {
  let at = from;
  const queue = [...entities];
  while (queue.length && depth < 24) {
    const entity = queue.shift();
    if (entity.start > at) plain(parent, text.slice(at, entity.start), actions, depth);
    const inner = [];
    const rest = [];
    for (const other of queue) {
      if (other.start >= entity.end) rest.push(other);
      else if (other.end <= entity.end) inner.push(other);
      else {
        // Crossing entities are cut at the border, so the result is a tree.
        inner.push({ ...other, end: entity.end });
        rest.push({ ...other, start: entity.end });
      }
    }
    queue.splice(0, queue.length, ...rest.sort(outermostFirst));
    const content = text.slice(entity.start, entity.end);
    const { outer, hole } = wrap(entity, content, actions);
    if (hole) fill(hole, text, entity.start, entity.end, inner, actions, depth + 1);
    parent.append(outer);
    at = entity.end;
    // A block ends its own line; the line break after it would show as an empty line.
    if (BLOCKS.has(entity.type) && text[at] === "\n") at += 1;
  }
  if (at < to) plain(parent, text.slice(at, to), actions, depth);
}

/** Text outside entities; addresses and commands in it can be followed like in any messenger. */
function plain(parent, text, actions, depth) {
  if (depth > 0) {
    parent.append(text);
    return;
  }
  let at = 0;
  for (const match of text.matchAll(FOUND)) {
    parent.append(text.slice(at, match.index), match[1] ? link(match[1], actions) : command(match[2], actions));
    parent.lastChild.textContent = match[0];
    at = match.index + match[0].length;
  }
  parent.append(text.slice(at));
}

/** The element for an entity and the place its text goes to (null when the element already holds it). */
function wrap(entity, content, actions) {
  switch (entity.type) {
    case "text_link":
      return same(link(entity.url, actions));
    case "url":
      return same(link(/^[a-z][a-z0-9+.-]*:/i.test(content) ? content : `http://${content}`, actions));
    case "bot_command":
      return same(command(content, actions));
    case "code":
      return same(code(content, actions));
    case "pre":
      return pre(entity, content, actions);
    case "spoiler":
      return spoiler();
    case "blockquote":
      return same(el("blockquote.quote"));
    case "expandable_blockquote":
      return expandable();
    default:
      return same(el(PLAIN_TAGS[entity.type] ?? "span"));
  }
}

const same = (node) => ({ outer: node, hole: node });

function link(raw, actions) {
  const url = safeUrl(raw ?? "");
  if (!url) return el("span");
  const follow = (event) => {
    event.stopPropagation();
    if (actions.link?.(url)) event.preventDefault();
  };
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer", title: url, on: { click: follow } });
}

function command(text, actions) {
  return el("button.command", { type: "button", on: { click: () => actions.command(text) } });
}

async function copy(text, actions) {
  actions.toast((await copyText(text)) ? t("copied") : t("copy_failed"));
}

function code(content, actions) {
  const run = () => copy(content, actions);
  return el("code", { role: "button", tabIndex: 0, title: t("copy"), on: { click: run, keydown: onEnter(run) } });
}

function pre(entity, content, actions) {
  const hole = el("code");
  const run = () => copy(content, actions);
  const button = el("button.pre-copy", { type: "button", "aria-label": t("copy_code"), on: { click: run } }, icon("copy", 16));
  const head = el("div.pre-head", null, el("span", null, entity.language || ""), button);
  const outer = el("div.pre", null, head, el("pre", { tabIndex: 0 }, hole));
  return { outer, hole };
}

function spoiler() {
  const hole = el("span.spoiler-text", { "aria-hidden": "true" });
  const outer = el("span.spoiler", { role: "button", tabIndex: 0, "aria-label": t("spoiler") }, hole);
  const reveal = (event) => {
    if (outer.classList.contains("shown")) return;
    event.preventDefault();
    event.stopPropagation();
    outer.classList.add("shown");
    hole.removeAttribute("aria-hidden");
    for (const name of ["role", "tabindex", "aria-label"]) outer.removeAttribute(name);
  };
  // Captured, so that a link under the cover is not followed by the tap that lifts it.
  outer.addEventListener("click", reveal, true);
  outer.addEventListener("keydown", onEnter(reveal));
  return { outer, hole };
}

function expandable() {
  const hole = el("div.quote-text");
  const button = el("button.quote-toggle", {
    type: "button", "aria-expanded": "false", "aria-label": t("quote_more"), hidden: true,
  }, icon("down", 16));
  const outer = el("blockquote.quote.folded", null, hole, button);
  const toggle = () => {
    const folded = outer.classList.toggle("folded");
    button.setAttribute("aria-expanded", String(!folded));
    button.setAttribute("aria-label", t(folded ? "quote_more" : "quote_less"));
  };
  button.addEventListener("click", toggle);
  hole.addEventListener("click", () => {
    if (!button.hidden && outer.classList.contains("folded")) toggle();
  });
  // Only a quote that does not fit needs folding, which is known once it is laid out.
  const watcher = new ResizeObserver(() => {
    if (!outer.classList.contains("folded")) return;
    button.hidden = hole.scrollHeight <= hole.clientHeight + 2;
  });
  watcher.observe(hole);
  return { outer, hole };
}

export const onEnter = (run) => (event) => {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  run(event);
};

/** One to three emoji and nothing else are drawn large. */
const FEW_EMOJI = /^(?:\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\uFE0F|\u200D\p{Extended_Pictographic})*\s*){1,3}$/u;
export const isJumbo = (text, entities) => text.length <= 24 && !entities?.length && FEW_EMOJI.test(text);
