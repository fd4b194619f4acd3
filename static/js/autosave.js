// Saves a form by itself: 1.5 s after a pause, on leaving, and when asked to. What the server answers replaces the
// parts of the page that carry the same id and data-swap. Nothing that was typed is ever thrown away by this.
import { askToSignIn, stopAsking } from "./signin.js";
import { toast } from "./toast.js";
import { freshToken } from "./token.js";
import { wasTyped } from "./typed.js";

const PAUSE_MS = 1500;
const RETRY_MS = 5000;
// What a browser sends to its end after its page is gone may have 64 KiB in all, in encoded letters.
const OUTLIVES_BYTES = 60_000;

const stateLine = () => document.querySelector("[data-save-state]");

/** Say in the one place what happened to what was typed. */
export function say(state, text) {
  const line = stateLine();
  if (!line) return;
  line.dataset.state = state;
  line.querySelector("[data-save-text]").textContent = text;
}

/**
 * Put the parts of an answer in place of those with the same id. A field that has the focus is left alone.
 * `places` are the elements by the ids that they had when the question was sent: rows may have moved since.
 */
export function swap(markup, places = new Map()) {
  const answer = new DOMParser().parseFromString(markup, "text/html");
  for (const part of answer.querySelectorAll("[data-swap][id]")) {
    const present = places.get(part.id) ?? document.getElementById(part.id);
    if (!present?.isConnected) continue;
    part.id = present.id;
    for (const fold of part.querySelectorAll("details[id]")) fold.open = document.getElementById(fold.id)?.open ?? fold.open;
    if (present.matches("input")) present.value = part.value;
    else if (!present.contains(document.activeElement) || part.id === "problems") present.replaceWith(part);
    else swapInside(present, part);
  }
  return answer;
}

function swapInside(present, part) {
  // The focus stays where it is: the link that has it is found again in what replaces it.
  const focused = document.activeElement.getAttribute("href");
  present.replaceWith(part);
  const again = focused && [...part.querySelectorAll("a[href]")].find((a) => a.getAttribute("href") === focused);
  (again ?? part).focus({ preventScroll: true });
}

/** Put the sentences of an answer to the fields that they speak of. */
export function markFields(form) {
  for (const old of form.querySelectorAll("[data-marked]")) old.remove();
  for (const field of form.querySelectorAll(".is-invalid")) {
    field.classList.remove("is-invalid");
    field.removeAttribute("aria-invalid");
  }
  for (const old of form.querySelectorAll(".invalid-feedback")) old.remove();
  for (const line of document.querySelectorAll("#problems [data-field]")) {
    const field = document.getElementById(line.dataset.field);
    if (!field || !form.contains(field)) continue;
    const sentence = document.createElement("span");
    sentence.className = "invalid-feedback d-block";
    sentence.dataset.marked = "";
    sentence.id = `${field.id}_said`;
    sentence.textContent = line.dataset.sentence;
    if (field.matches("input, select, textarea")) {
      field.classList.add("is-invalid");
      field.setAttribute("aria-invalid", "true");
      (field.closest(".input-group") ?? field).after(sentence);
    } else field.append(sentence);
    for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  }
}

class Autosave {
  constructor(form) {
    this.form = form;
    this.typed = 0;
    this.saved = 0;
    this.held = false;
    this.savedAt = null;
    this.unanswered = [];
    // A choice that only a button takes along is nothing to save, and the answer to a save would draw it anew.
    const typed = (event) => event.target.closest("[data-unsaved]") || this.changed();
    form.addEventListener("input", typed);
    form.addEventListener("change", typed);
    form.addEventListener("submit", (event) => this.submit(event));
    // Somebody quick types before this script runs, and a browser may bring back what was typed before a reload.
    if ([...form.elements].some(wasTyped)) this.changed();
  }

  get isDirty() {
    return this.typed > this.saved;
  }

  changed() {
    this.typed += 1;
    clearTimeout(this.timer);
    if (this.held) return;
    say("saving", "Typing…");
    this.timer = setTimeout(() => this.save(), PAUSE_MS);
  }

  async submit(event) {
    const pressed = event.submitter;
    if (pressed?.name === "add" || pressed?.name === "remove") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    delete this.form.dataset.sent;
    this.held = false;
    this.typed += 1;
    const done = await this.save();
    if (done && pressed?.value === "next") location.assign(this.form.dataset.next);
  }

  /** Save what is typed. Resolves to true when everything is stored. */
  async save({ leaving = false, background = false } = {}) {
    clearTimeout(this.timer);
    if (this.running && !leaving) {
      await this.running;
      return this.isDirty && !this.held ? this.save() : !this.isDirty;
    }
    const unfinished = [...this.form.elements].find((field) => field.validity?.badInput);
    if (unfinished) {
      say("failed", `Not saved yet: finish ${nameOf(unfinished)}`);
      return false;
    }
    const mine = this.send(leaving, false, background);
    this.running = mine;
    const done = await mine;
    if (this.running === mine) this.running = null;
    return done;
  }

  async send(leaving, again = false, background = false) {
    const sending = this.typed;
    const sent = new URLSearchParams(new FormData(this.form));
    // The one that is under way may be cut off with the page: this one tells of it, too.
    if (leaving && this.running) this.remember(this.underWay.sent);
    const body = this.withUnanswered(sent);
    const outlives = body.toString().length < OUTLIVES_BYTES;
    this.underWay = { sent, sending, outlives };
    const places = new Map([...this.form.querySelectorAll("[data-swap][id]")].map((e) => [e.id, e]));
    if (!again) say("saving", "Saving…");
    let response;
    try {
      response = await fetch(this.form.action || location.href, {
        method: "POST",
        body,
        headers: { "HX-Request": "true", ...(background ? { "X-Background": "1" } : {}) },
        redirect: "manual",
        keepalive: outlives,
      });
    } catch {
      this.remember(sent);
      say("offline", "Not saved: no connection. Trying again…");
      this.timer = setTimeout(() => this.save(), RETRY_MS);
      return false;
    }
    if (response.status === 403 && !again && (await this.newToken())) return this.send(leaving, true, background);
    if (response.type === "opaqueredirect" || response.status === 403) return this.signedOut();
    if (response.status >= 500) {
      this.remember(sent);
      say("failed", "Not saved: something went wrong on our side. Trying again…");
      this.timer = setTimeout(() => this.save(), RETRY_MS);
      return false;
    }
    return this.answered(response, sending, sent, places);
  }

  /** Does what is typed still wait for a request that the end of the page does not cut off? */
  get waits() {
    if (!this.isDirty || this.held) return false;
    return !(this.running && this.underWay.outlives && this.underWay.sending === this.typed);
  }

  /** A save whose answer was lost may have arrived: the next one tells of it, so that it is not taken for somebody else's. */
  remember(sent) {
    const body = sent.toString();
    if (!this.unanswered.includes(body)) this.unanswered = [...this.unanswered, body].slice(-3);
  }

  withUnanswered(sent) {
    const body = new URLSearchParams(sent);
    for (const earlier of this.unanswered) body.append("unanswered", earlier);
    return body;
  }

  async answered(response, sending, sent, places) {
    const answer = swap(await response.text(), places);
    stopAsking();
    if (response.ok) this.unanswered = [];
    const theirs = this.takeOver(answer, sent);
    markFields(this.form);
    this.form.dispatchEvent(new CustomEvent("autosave:answer", { detail: answer, bubbles: true }));
    if (response.ok) {
      this.saved = Math.max(this.saved, sending);
      this.savedAt = Date.now();
      if (theirs.length) toast(`Somebody else changed this meanwhile, it is shown now: ${theirs.join(", ")}.`);
      // One line speaks for all forms of the page: it says 'saved' when nothing of any of them waits.
      if (!all.some((a) => a.isDirty && a.form.isConnected)) say("saved", "Saved just now");
      return !this.isDirty;
    }
    if (response.status === 409) {
      this.held = true;
      say("conflict", "Not saved: look at the note above the form");
      document.getElementById("problems")?.scrollIntoView({ block: "nearest" });
    } else {
      const count = document.querySelectorAll("#problems [data-field]").length;
      say("failed", count > 1 ? `Not saved: ${count} fields need a look` : "Not saved: a field needs a look");
    }
    return false;
  }

  /** Show what somebody else changed, where nothing was typed since; elsewhere the next save sorts it out. */
  takeOver(answer, sent) {
    const shown = [];
    for (const part of answer.querySelectorAll("template[data-fresh]")) {
      const name = part.dataset.fresh;
      const id = [`div_id_${name}`, `id_${name}`].find((i) => part.content.getElementById(i));
      const present = document.getElementById(id);
      if (!present || !this.isAsSent(present, sent)) continue;
      const fresh = document.importNode(part.content.getElementById(id), true);
      const focused = present.contains(document.activeElement) && document.activeElement.id;
      present.replaceWith(fresh);
      if (focused) focusAgain(focused);
      this.rebase(name, JSON.parse(part.dataset.base));
      this.form.dispatchEvent(new CustomEvent("autosave:fresh", { detail: fresh, bubbles: true }));
      shown.push(part.dataset.label);
    }
    return shown;
  }

  isAsSent(place, sent) {
    const now = new FormData(this.form);
    const names = new Set([...place.querySelectorAll("[name]:not(template *)")].map((field) => field.name));
    return [...names].every((name) => name.endsWith("-id") || name.endsWith("-key") || String(now.getAll(name)) === String(sent.getAll(name)));
  }

  rebase(name, known) {
    const field = this.form.elements.namedItem("base");
    const kept = Object.entries(JSON.parse(field.value)).filter(([path]) => path !== name && !path.startsWith(`${name}.`));
    field.value = JSON.stringify({ ...Object.fromEntries(kept), ...known });
  }

  signedOut() {
    say("offline", "Not saved: you were signed out. Sign in again; this page keeps what you typed.");
    this.timer = setTimeout(() => this.save(), RETRY_MS * 2);
    askToSignIn(() => saveAll());
    return false;
  }

  /** After signing in again the old token is void: take the new one from the page as it is now. */
  async newToken() {
    return Boolean(await freshToken());
  }
}

function focusAgain(id) {
  const field = document.getElementById(id);
  for (let fold = field?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  field?.focus({ preventScroll: true });
}

const nameOf = (field) => {
  const label = field.labels?.[0]?.textContent.trim();
  return label ? `‘${label}’` : "the field you are in";
};

const all = [];

/** Does anything that was typed wait to be stored? */
export const isWaiting = () => all.some((a) => a.isDirty && a.form.isConnected);

/** Was anything that was typed here stored? */
export const hasSaved = () => all.some((a) => a.savedAt);

/** Save everything that is typed and not stored yet. In the background it is no sign that somebody is there. */
export async function saveAll({ background = false } = {}) {
  const done = await Promise.all(all.filter((a) => a.isDirty).map((a) => a.save({ background })));
  return done.every(Boolean);
}

/** The keeper of a form, so that rows can tell it of their changes. */
export const keeperOf = (form) => all.find((a) => a.form === form);

export function startAutosave() {
  for (const form of document.querySelectorAll("form[data-autosave]")) {
    if (!keeperOf(form)) all.push(new Autosave(form));
  }
  if (startAutosave.listening) return;
  startAutosave.listening = true;

  setInterval(() => {
    const last = Math.max(...all.map((a) => a.savedAt ?? 0));
    if (!last || stateLine()?.dataset.state !== "saved") return;
    const seconds = Math.round((Date.now() - last) / 1000);
    say("saved", seconds < 60 ? `Saved ${seconds} s ago` : `Saved ${Math.round(seconds / 60)} min ago`);
  }, 3000);

  // Going to another page waits for the save; a page that vanishes sends it along.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.pathname === location.pathname || link.target || link.hasAttribute("download")) return;
    if (!all.some((a) => a.isDirty)) return;
    event.preventDefault();
    if (await saveAll()) location.assign(link.href);
    else document.getElementById("problems")?.focus();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden") return;
    for (const keeper of all) if (keeper.waits) keeper.save({ leaving: true });
  });
  addEventListener("beforeunload", (event) => {
    if (all.some((a) => a.isDirty)) event.preventDefault();
  });
  addEventListener("online", () => saveAll());
}
