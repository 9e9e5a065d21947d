/** The bot's commands: the "/" button and the list that appears while a command is typed. */

import { byId, el } from "./dom.js";
import { t } from "./texts.js";

export function createSuggest(model, sendCommand) {
  const list = byId("suggest");
  const input = byId("input");
  let matches = [];
  let chosen = 0;
  let pinnedOpen = false;

  const commands = () => model.bot?.commands ?? [];

  function update(text) {
    pinnedOpen = false;
    const typed = /^\/([a-z0-9_]*)$/i.exec(text);
    show(typed ? commands().filter(({ command }) => command.startsWith(typed[1].toLowerCase())) : []);
  }

  function show(found) {
    matches = found;
    chosen = 0;
    list.hidden = !found.length;
    list.replaceChildren(...found.map(({ command, description }, index) =>
      el("div.suggestion", { id: `suggestion-${index}`, role: "option", on: { click: () => pick(command), pointermove: () => mark(index) } },
        el("span.suggestion-name", null, `/${command}`), el("bdi.suggestion-text", { dir: "auto" }, description))));
    mark(0);
  }

  function mark(index) {
    chosen = index;
    [...list.children].forEach((node, i) => node.setAttribute("aria-selected", String(i === index)));
    if (list.hidden) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", `suggestion-${index}`);
      list.children[index]?.scrollIntoView({ block: "nearest" });
    }
  }

  function pick(command) {
    // What was typed of the command has served; other words stay.
    if (input.value.startsWith("/")) write("");
    close();
    sendCommand(`/${command}`);
  }

  function write(text) {
    input.value = text;
    input.dispatchEvent(new Event("input"));
  }

  function close() {
    pinnedOpen = false;
    show([]);
  }

  function toggle() {
    if (!list.hidden && pinnedOpen) {
      close();
      return;
    }
    show(commands());
    pinnedOpen = true;
    input.focus({ preventScroll: true });
  }

  /** Takes the keys that belong to the open list; true when the key is used up. */
  function key(event) {
    if (list.hidden) return false;
    if (event.key === "ArrowDown") mark((chosen + 1) % matches.length);
    else if (event.key === "ArrowUp") mark((chosen - 1 + matches.length) % matches.length);
    else if (event.key === "Escape") close();
    else if (event.key === "Tab" && !event.shiftKey) {
      write(`/${matches[chosen].command} `);
    } else if (event.key === "Enter" && !event.shiftKey) {
      // A command typed in full is sent as typed; the list may have marked a longer one.
      const exact = matches.find(({ command }) => `/${command}` === input.value.trim().toLowerCase());
      pick((exact ?? matches[chosen]).command);
    } else return false;
    event.preventDefault();
    return true;
  }

  document.addEventListener("pointerdown", (event) => {
    if (!list.hidden && !event.target.closest("#suggest, #composer")) close();
  });
  list.setAttribute("aria-label", t("commands"));
  return { update, key, toggle, close };
}
