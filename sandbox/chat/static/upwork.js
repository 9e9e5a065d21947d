/** The other side of the desk: what freelancers sent to the sandbox's Upwork, and the client's hand on it. */

import { Offline, control } from "./api.js";
import { byId, el } from "./dom.js";
import { clockTime, fullTime } from "./format.js";
import { icon } from "./icons.js";
import { people } from "./memory.js";
import { toast } from "./notices.js";
import { currentLanguage, preferredLanguage, setLanguage, t } from "./texts.js";

const UPWORK = "https://www.upwork.com";
const EVERY_MS = 3000;
const SHOWN_POSTINGS = 25;
const ACTS = [
  ["view", "desk_view", "plain"], ["answer", "desk_answer", "plain"], ["offer", "desk_offer", "plain"],
  ["hire", "desk_hire", "success"], ["decline", "desk_decline", "danger"],
];

const typed = new Map();
const stories = new Map();
const drawn = new Map();

async function load() {
  const parts = ["state", "jobs", "proposals", "rooms"];
  const [state, jobs, proposals, rooms] = await Promise.all(parts.map((name) => control("GET", name)));
  // A conversation is fetched again only when it grew.
  await Promise.all(rooms.filter((room) => stories.get(room.id)?.length !== room.stories).map(async (room) => {
    stories.set(room.id, await control("GET", `rooms/${room.id}/stories`));
  }));
  return { state, jobs, proposals, rooms };
}

async function refresh() {
  try {
    draw(await load());
    byId("banner").hidden = true;
  } catch (error) {
    byId("banner").hidden = false;
    byId("banner").textContent = error instanceof Offline ? t("stopped") : t("error_other", { reason: error.message });
  }
}

async function order(path, body = {}) {
  try {
    const answer = await control("POST", path, body);
    if (answer?.silent) toast(t("desk_silent"));
  } catch (error) {
    toast(error instanceof Offline ? t("error_offline") : t("error_other", { reason: error.message }));
  }
  await refresh();
}

/** Replaces a part only when what it shows has changed, so that reading and typing are not disturbed. */
function part(key, data, node, build) {
  const signature = JSON.stringify(data);
  if (drawn.get(key) === signature) return;
  drawn.set(key, signature);
  const focused = node.contains(document.activeElement) ? document.activeElement.id : "";
  node.replaceChildren(...build());
  if (focused) byId(focused)?.focus({ preventScroll: true });
}

/** The posting that the address asks for. One that is not the stand-in's is Upwork's own. */
function asked(jobs) {
  const named = location.hash.slice(1);
  if (!named.startsWith("~")) return null;
  const job = jobs.find(({ ciphertext }) => `~${ciphertext.replace(/^~/, "")}` === named);
  if (!job) location.replace(new URL(`/jobs/${named}`, UPWORK));
  return job ?? null;
}

function draw({ state, jobs, proposals, rooms }) {
  const feedOn = state.settings.feed_on;
  part("head", [feedOn, state.postings, state.proposals, currentLanguage()], byId("desk-head"), () => [
    el("img", { src: "icon.svg", alt: "", width: "40", height: "40" }),
    el("div.desk-title", null,
      el("h1", null, t("desk_title")),
      el("p", null, t("desk_counts", { postings: state.postings, proposals: state.proposals }))),
    el("button.wide", { type: "button", on: { click: () => order("feed", { on: !feedOn }) } }, t(feedOn ? "desk_pause" : "desk_resume")),
    el("button.wide.primary", { type: "button", on: { click: () => order("feed", { now: 1 }) } }, t("desk_publish")),
    el("a.wide", { href: "./" }, t("desk_back")),
  ]);

  const byJob = new Map(jobs.map((job) => [job.id, job]));
  const newest = [...proposals].sort((a, b) => b.created_at - a.created_at);
  const grown = rooms.map((room) => [room.id, room.stories]);
  part("threads", [newest, grown, currentLanguage()], byId("threads"), () => [
    el("h2", null, t("desk_threads")),
    ...(newest.length ? newest.map((proposal) => thread(proposal, byJob.get(proposal.posting_id))) : [el("p.empty", null, t("desk_no_threads"))]),
  ]);

  const one = asked(jobs);
  part("asked", [one?.id, one?.open, one?.applicants, currentLanguage()], byId("asked"), () => (one ? [posting(one, true)] : []));

  const fresh = [...jobs].sort((a, b) => b.published_at - a.published_at).slice(0, SHOWN_POSTINGS);
  part("postings", [fresh.map(({ id, open, applicants }) => [id, open, applicants]), currentLanguage()], byId("postings"), () => [
    el("h2", null, t("desk_postings")), ...fresh.map((job) => posting(job)),
  ]);
}

function thread(proposal, job) {
  const room = proposal.room_id;
  const seen = proposal.viewed_at ? t("desk_viewed", { time: clockTime(proposal.viewed_at) }) : t("desk_unseen");
  const facts = [job?.company.name, `$${proposal.charged_amount}`, t("desk_sent", { time: clockTime(proposal.created_at) }), seen];
  return el("article.card", null,
    el("div.card-head", null, el("h3", { dir: "auto" }, job?.title ?? proposal.posting_id), el("span.chip", null, proposal.status)),
    el("p.quiet", null, facts.filter(Boolean).join(" · "), el("code", null, proposal.id)),
    el("details", { open: !room },
      el("summary", null, t("desk_letter")),
      el("p.letter", { dir: "auto" }, proposal.cover_letter),
      proposal.answers.map(({ question, answer }) =>
        el("div.answer", null, el("p.quiet", { dir: "auto" }, question), el("p", { dir: "auto" }, answer)))),
    room ? conversation(room) : null,
    el("div.acts", null, ACTS.filter(([act]) => !(act === "answer" && room)).map(([act, label, style]) =>
      el(`button.key.${style}`, { type: "button", on: { click: () => order(`proposals/${proposal.id}/${act}`) } }, t(label)))));
}

function conversation(room) {
  const lines = [...(stories.get(room) ?? [])].sort((a, b) => a.created_at - b.created_at);
  const input = el("textarea", {
    id: `write-${room}`, rows: "2", dir: "auto", value: typed.get(room) ?? "",
    placeholder: t("desk_write_hint"), "aria-label": t("desk_write_hint"),
    on: { input: () => typed.set(room, input.value) },
  });
  const send = (message) => {
    typed.delete(room);
    input.value = "";
    order(`rooms/${room}/write`, message ? { message } : {});
  };
  const submit = (event) => {
    event.preventDefault();
    if (input.value.trim()) send(input.value.trim());
  };
  return el("div.talk", null,
    lines.map(({ author, message, created_at: at }) =>
      el("div.line", { class: author }, el("p", { dir: "auto" }, message), el("time", { title: fullTime(at) }, clockTime(at)))),
    el("form.write", { on: { submit } },
      input, el("button.round-send", { type: "submit", "aria-label": t("send") }, icon("send", 20))),
    el("button.turn", { type: "button", on: { click: () => send(null) } }, t("desk_turn")));
}

function posting(job, whole = false) {
  const rates = [job.hourly_min, job.hourly_max].filter((value) => value !== null).map((value) => `$${value}`);
  const hourly = rates.length ? rates.join("–") + t("desk_per_hour") : t("desk_no_rate");
  const facts = [job.kind === "HOURLY" ? hourly : `$${job.amount}`, job.company.name, t("desk_applicants", { count: job.applicants })];
  return el("article.card.small", null,
    el("div.card-head", null, el("h3", { dir: "auto" }, job.title), job.open ? null : el("span.chip", null, t("desk_closed"))),
    el("p.quiet", null,
      el("time", { title: fullTime(job.published_at) }, clockTime(job.published_at)), ` · ${facts.join(" · ")}`),
    el("details", { open: whole },
      el("summary", null, t("desk_brief")),
      el("p.letter", { dir: "auto" }, job.description),
      job.questions.map((question) => el("p.quiet", { dir: "auto" }, `? ${question}`))));
}

setLanguage(people()[0]?.language ?? preferredLanguage());
document.title = t("desk_title");
refresh();
addEventListener("hashchange", refresh);
setInterval(() => { if (!document.hidden) refresh(); }, EVERY_MS);
