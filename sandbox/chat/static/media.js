/** Pictures, files and voice messages inside a bubble. */

import { el } from "./dom.js";
import { duration, fileSize } from "./format.js";
import { icon } from "./icons.js";
import { lightbox } from "./notices.js";
import { t } from "./texts.js";

/** The media of a message, or null for a message of words alone. */
export function mediaOf(message) {
  if (message.photo) return photo(message);
  if (message.voice) return voice(message.voice);
  if (message.audio) return el("div.named-audio", null, el("bdi.file-name", null, message.audio.name), voice(message.audio));
  if (message.video_note) return file(message.video_note);
  if (message.document) return file(message.document);
  if (message.sticker) return el("img.sticker", { src: message.sticker.url, alt: message.sticker.name || "" });
  if (message.location) return place(message.location);
  return null;
}

function photo({ photo: { url, name, width, height }, caption }) {
  const image = el("img", { src: url, alt: caption || t("photo"), draggable: "false" });
  image.addEventListener("error", () => button.replaceWith(file({ url, name: name || t("photo") })), { once: true });
  // Known sides keep the conversation from jumping when the picture arrives.
  if (width && height) Object.assign(image, { width, height });
  const button = el("button.photo", {
    type: "button", "aria-label": caption || t("photo"), on: { click: () => lightbox(url, name, caption) },
  }, image);
  return button;
}

function place({ latitude, longitude }) {
  return el("div.place", null, icon("pin", 22), `${Number(latitude).toFixed(5)}, ${Number(longitude).toFixed(5)}`);
}

function file({ url, name, size, mime }) {
  const extension = /\.([a-z0-9]{1,4})$/i.exec(name ?? "")?.[1];
  return el("a.file", { href: url, download: name || "", "aria-label": `${t("download")}: ${name}` },
    el("span.file-badge", null, extension ? extension.toUpperCase() : icon("file", 20)),
    el("span.file-words", null,
      el("bdi.file-name", null, name || t("document")),
      el("span.file-size", null, size ? fileSize(size) : mime || "")),
    icon("download", 18));
}

let playing = null;

function voice({ url, size, duration: length }) {
  const audio = new Audio();
  audio.preload = "metadata";
  audio.src = url;
  const time = el("span.voice-time", null, length ? duration(length) : size ? fileSize(size) : "");
  const seek = el("input.voice-seek", { type: "range", min: "0", max: "1000", step: "1", value: "0", "aria-label": t("position") });
  const button = el("button.voice-play", { type: "button", "aria-label": t("play") }, icon("play", 22));
  const show = () => {
    button.replaceChildren(icon(audio.paused ? "play" : "pause", 22));
    button.setAttribute("aria-label", t(audio.paused ? "play" : "pause"));
    const known = Number.isFinite(audio.duration) && audio.duration > 0;
    if (known) {
      seek.value = String((audio.currentTime / audio.duration) * 1000);
      seek.style.setProperty("--done", `${(audio.currentTime / audio.duration) * 100}%`);
    }
    if (audio.currentTime > 0 || known) time.textContent = duration(audio.paused && !audio.currentTime ? audio.duration : audio.currentTime);
  };
  for (const name of ["play", "pause", "timeupdate", "loadedmetadata", "ended"]) audio.addEventListener(name, show);
  button.addEventListener("click", () => {
    if (!audio.paused) {
      audio.pause();
      return;
    }
    playing?.pause();
    playing = audio;
    audio.play().catch(() => { time.textContent = t("error_other", { reason: t("voice") }); });
  });
  seek.addEventListener("input", () => {
    if (Number.isFinite(audio.duration)) audio.currentTime = (Number(seek.value) / 1000) * audio.duration;
  });
  return el("div.voice", null, button, el("div.voice-track", null, seek, time));
}

/** The words with what is under a spoiler covered. */
function veiled({ text, caption, entities }) {
  let words = text ?? caption ?? "";
  for (const { type, offset, length } of entities ?? []) {
    if (type === "spoiler") words = words.slice(0, offset) + "▒".repeat(length) + words.slice(offset + length);
  }
  return words;
}

/** One line that stands for a message: in the reply bar, in quotes, in the pin. */
export function summary(message) {
  const words = veiled(message).replace(/\s+/g, " ").trim().slice(0, 160);
  if (message.photo) return words || t("photo");
  if (message.voice) return words || t("voice");
  if (message.audio) return words || message.audio.name || t("voice");
  if (message.document) return words || message.document.name || t("document");
  return words;
}
