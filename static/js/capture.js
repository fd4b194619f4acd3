// Freezing stills: by button, by Space or Enter, or by the key of a foot pedal. They are kept here until the server
// has them, go up one after the other in their order, and none is there twice. Nothing of them is stored in the browser.
import { say } from "./autosave.js";
import { Camera } from "./camera.js";
import { Parcel, Sending } from "./sending.js";
import { tokenOf } from "./token.js";

const SECOND_THOUGHTS_MS = 4000;
const FLASH_MS = 200;

const place = document.querySelector("[data-camera]");
const part = (name) => place.querySelector(`[data-${name}]`);
const stills = part("stills");
const shown = new Map();
let frozen = 0;
let pedal = place.dataset.pedal;
let learning = false;
let encoding = Promise.resolve();
let unencoded = 0;

const camera = new Camera({
  video: part("video"),
  list: part("device"),
  said: (sentence) => {
    part("said").hidden = !sentence;
    part("said-words").textContent = sentence;
    part("retry").hidden = !sentence;
    part("freeze").disabled = Boolean(sentence);
  },
});

const sending = new Sending({ url: place.dataset.send, token: () => tokenOf(place), changed: show, done: sum, insist: true });

// What was frozen

function freeze() {
  if (!camera.isLive) return;
  frozen += 1;
  const number = String(frozen).padStart(2, "0");
  const takenAt = performance.now();
  part("camera-view").dataset.flash = "";
  setTimeout(() => delete part("camera-view").dataset.flash, FLASH_MS);
  const picture = camera.freeze();
  unencoded += 1;
  // One after the other, so that they are numbered as they were frozen, whichever is encoded first.
  encoding = encoding.then(async () => {
    const blob = await picture;
    unencoded -= 1;
    if (blob) sending.add(new Parcel(blob, `still-${number}.jpg`, { takenAt, due: takenAt + SECOND_THOUGHTS_MS }));
  });
}

function row(parcel) {
  const item = document.createElement("li");
  const image = document.createElement("img");
  const words = document.createElement("div");
  const name = document.createElement("b");
  const state = document.createElement("span");
  const button = document.createElement("button");
  const number = Number(/\d+/.exec(parcel.name)[0]);
  item.className = "still";
  image.src = URL.createObjectURL(parcel.blob);
  image.alt = "";
  name.textContent = `Still ${number}`;
  state.className = "still-state";
  button.type = "button";
  button.className = "btn btn-plain btn-sm";
  button.textContent = "Discard";
  button.setAttribute("aria-label", `Discard still ${number}`);
  button.addEventListener("click", () => discard(parcel));
  words.append(name, state);
  item.append(image, words, button);
  return item;
}

function show(parcel) {
  if (!shown.has(parcel)) {
    shown.set(parcel, row(parcel));
    stills.prepend(shown.get(parcel));
  }
  const item = shown.get(parcel);
  const state = item.querySelector(".still-state");
  state.dataset.state = parcel.state;
  state.textContent = {
    waiting: parcel.why ? `Kept here. ${parcel.why} It is sent later.` : "Kept here, sent in a moment",
    sending: "Sending…",
    sent: parcel.image ? `Sent: figure ${parcel.image.figure}` : "Sent",
    refused: `Not taken: ${parcel.why}`,
  }[parcel.state];
  item.querySelector("button").hidden = parcel.state === "sending" || parcel.state === "sent";
  sum();
}

function discard(parcel) {
  if (!sending.discard(parcel)) return;
  const item = shown.get(parcel);
  URL.revokeObjectURL(item.querySelector("img").src);
  item.remove();
  shown.delete(parcel);
  part("freeze").focus();
  sum();
}

function sum() {
  const waiting = sending.parcels.filter((p) => p.state === "waiting" || p.state === "sending");
  const sent = sending.parcels.filter((p) => p.state === "sent").length;
  const held = waiting.find((p) => p.why);
  part("empty").hidden = shown.size > 0;
  part("count").textContent = shown.size ? `${sent} sent${waiting.length ? `, ${waiting.length} kept here` : ""}` : "none yet";
  if (held) say("offline", `${count(waiting.length)} kept here, not sent yet: leave this page open`);
  else if (waiting.length) say("saving", `${count(waiting.length)} on the way…`);
  else say("saved", sent ? "Every still is stored" : "Everything is saved");
}

const count = (n) => (n === 1 ? "1 still" : `${n} stills`);

// Keys and pedal

const isBusyWithKeys = (target) => target.closest("select, input, textarea, dialog, a, button:not([data-freeze])") !== null;

function freezes(event) {
  if (event.code && event.code === pedal) return true;
  return (event.code === "Space" || event.code === "Enter" || event.code === "NumpadEnter") && !isBusyWithKeys(event.target);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (learning) return learn(event);
  if (freezes(event)) {
    event.preventDefault(); // Neither a scrolled page nor a second still from the button that has the focus.
    if (!event.repeat) freeze();
  } else if (event.code === "Backspace" && !isBusyWithKeys(event.target)) {
    const last = sending.parcels.findLast((p) => p.state === "waiting");
    if (last) discard(last);
  }
});
document.addEventListener("keyup", (event) => {
  if (freezes(event)) event.preventDefault();
});

async function learn(event) {
  if (["Tab", "Escape", ""].includes(event.code)) return endLearning();
  event.preventDefault();
  const body = new URLSearchParams({ csrfmiddlewaretoken: tokenOf(place), key: event.code });
  pedal = event.code;
  endLearning();
  // Where this is not kept, the pedal works all the same until the page is left.
  await fetch(place.dataset.learn, { method: "POST", body }).catch(() => {});
}

function endLearning() {
  learning = false;
  part("learn-pedal").querySelector("span").textContent = pedal ? "Use another pedal" : "Use a foot pedal";
  if (!pedal || ["Space", "Enter"].includes(pedal)) return;
  const key = document.createElement("kbd");
  key.textContent = pedal;
  const keys = part("keys");
  keys.querySelector("[data-pedal-key]")?.remove();
  const words = document.createElement("span");
  words.dataset.pedalKey = "";
  words.append(", the pedal (", key, ")");
  keys.append(words);
}

part("learn-pedal").addEventListener("click", () => {
  learning = true;
  part("learn-pedal").querySelector("span").textContent = "Press the pedal now (Escape: none)";
});

// Leaving

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || link.target || !(sending.isBusy || unencoded)) return;
  event.preventDefault();
  say("saving", "Sending the last stills, then leaving…");
  await encoding;
  await sending.flush();
  location.assign(link.href);
});

addEventListener("beforeunload", (event) => {
  if (unencoded) event.preventDefault();
});

part("freeze").addEventListener("click", freeze);
part("retry").addEventListener("click", () => camera.open());
endLearning();
part("said-words").textContent = "Opening the camera…";
camera.open();
