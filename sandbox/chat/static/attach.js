/** Files on their way in: the clip, the clipboard, dropping, and the microphone. */

import { byId, el } from "./dom.js";
import { fileSize } from "./format.js";
import { icon } from "./icons.js";
import { modal, toast } from "./notices.js";
import { t } from "./texts.js";

const LIMIT_BYTES = 20 * 1024 * 1024;
const PICTURES = new Set(["image/jpeg", "image/png", "image/webp", "image/gif"]);

export function createAttach(model, ctx) {
  const picker = el("input.offscreen", { type: "file", multiple: true, tabIndex: -1, "aria-hidden": "true" });
  document.body.append(picker);
  picker.addEventListener("change", () => {
    ask([...picker.files]);
    picker.value = "";
  });

  /** Shows what would be sent, takes a caption, sends on confirmation. */
  function ask(chosen) {
    const files = chosen.filter((file) => {
      if (file.size > LIMIT_BYTES) toast(t("attach_big", { name: file.name }));
      return file.size <= LIMIT_BYTES;
    });
    if (!files.length) return;
    const urls = [];
    const pictures = files.every((file) => PICTURES.has(file.type));
    const previews = files.map((file) => {
      if (!PICTURES.has(file.type)) {
        return el("div.sheet-file", null, el("span.file-badge", null, icon("file", 20)),
          el("span.file-words", null, el("bdi.file-name", null, file.name), el("span.file-size", null, fileSize(file.size))));
      }
      urls.push(URL.createObjectURL(file));
      return el("img.sheet-photo", { src: urls.at(-1), alt: file.name });
    });
    const caption = el("textarea.sheet-caption", {
      rows: "2", maxlength: "1024", placeholder: t("attach_caption"), "aria-label": t("attach_caption"), dir: "auto",
    });
    // What was being written becomes the caption, as in other messengers; cancelling leaves it where it was.
    const typed = ctx.composer.text();
    if (!model.editing && typed.length <= 1024) caption.value = typed;
    const asFile = el("input", { type: "checkbox" });
    const send = el("button.wide.primary", { type: "button" }, t("send"));
    const cancel = el("button.wide", { type: "button" }, t("cancel"));
    const dialog = modal("sheet",
      el("h2", null, t("attach_title")),
      el("div.sheet-previews", null, previews),
      pictures ? el("label.check", null, asFile, t("attach_file")) : null,
      caption,
      el("div.sheet-actions", null, cancel, send));
    dialog.setAttribute("aria-label", t("attach_title"));
    dialog.addEventListener("close", () => urls.forEach((url) => URL.revokeObjectURL(url)));
    cancel.addEventListener("click", () => dialog.close());
    const confirm = () => {
      const replyTo = model.replyTo?.message_id ?? null;
      files.forEach((file, index) => {
        const kind = PICTURES.has(file.type) && !asFile.checked ? "photo" : file.type.startsWith("audio/") ? "audio" : "document";
        ctx.delivery.file(kind, file, file.name || "file", index ? "" : caption.value.trim(), index ? null : replyTo);
      });
      if (!model.editing && typed.length <= 1024) ctx.composer.set("");
      ctx.composer.setReply(null);
      dialog.close();
      ctx.composer.focus();
    };
    send.addEventListener("click", confirm);
    caption.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      confirm();
    });
    caption.focus();
  }

  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || document.querySelector("dialog[open]") || byId("dock").hidden) return;
    event.preventDefault();
    ask(files);
  });

  const cover = byId("drop");
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let inside = 0;
  addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    inside += 1;
    cover.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    inside -= 1;
    if (inside <= 0) cover.hidden = true;
  });
  addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  addEventListener("drop", (event) => {
    inside = 0;
    cover.hidden = true;
    if (!carriesFiles(event)) return;
    event.preventDefault();
    if (!byId("dock").hidden) ask([...event.dataTransfer.files]);
  });

  return { open: () => picker.click(), ask };
}

/** A voice message: press to start, press to send, Escape to throw away. */
export function createRecorder(button, model, { delivery, composer }) {
  const supported = Boolean(navigator.mediaDevices?.getUserMedia && globalThis.MediaRecorder);
  button.classList.toggle("unsupported", !supported);
  let recorder = null;

  async function start() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      toast(t("record_denied"));
      return;
    }
    const pieces = [];
    const began = Date.now();
    // What is answered is what the bar showed when the recording began, as in other messengers.
    const replyTo = model.replyTo?.message_id ?? null;
    const mime = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus"].find((type) => MediaRecorder.isTypeSupported(type));
    recorder = new MediaRecorder(stream, mime ? { mimeType: mime } : {});
    recorder.ondataavailable = ({ data }) => pieces.push(data);
    recorder.onstop = () => {
      for (const track of stream.getTracks()) track.stop();
      const type = (recorder.mimeType || "audio/ogg").split(";")[0];
      if (!recorder.discarded && pieces.length) {
        const seconds = Math.max(1, Math.round((Date.now() - began) / 1000));
        delivery.file("voice", new Blob(pieces, { type }), `voice.${type.split("/")[1]}`, "", replyTo, seconds);
        composer.setReply(null);
      }
      recorder = null;
      draw();
    };
    recorder.start();
    draw();
  }

  function draw() {
    button.classList.toggle("recording", Boolean(recorder));
    button.setAttribute("aria-label", t(recorder ? "record_stop" : "record"));
    button.replaceChildren(icon(recorder ? "send" : "mic", 22));
  }

  button.addEventListener("click", () => (recorder ? recorder.stop() : start()));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !recorder) return;
    recorder.discarded = true;
    recorder.stop();
    event.preventDefault();
  });
  draw();
  return { relabel: draw };
}
