// The end of a session, seen from the page. Two minutes before it a dialog asks whether somebody is still there; at the end
// nothing of the page stays on the screen. The server alone knows how long is left: a page only asks it, by requests that
// move nothing (X-Background), when its own reckoning says that the end is near, and when another tab says that something
// changed. What was typed is saved before; where that is not possible, the page asks to sign in and keeps it.
import { isTyped } from "./forms.js";
import { askToSignIn, stopAsking } from "./signin.js";
import { toast } from "./toast.js";
import { freshToken } from "./token.js";

const WARN_AT = 120;
const body = document.body;
const address = body.dataset.session;
const channel = "BroadcastChannel" in window ? new BroadcastChannel(`ductus-session-${location.host}`) : null;
const dialog = () => document.getElementById("session-ends");
let ends = 0;
let timer;
// Near the longest time staying moves nothing on: it is said once, and nobody is asked again.
let isLast = false;

/** What the server says: seconds left, or 0 where this session, or this person, is gone. */
async function ask({ stay = false } = {}) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const how = stay
    ? { method: "POST", body: new URLSearchParams({ csrfmiddlewaretoken: token }) }
    : { headers: { "X-Background": "1" } };
  const answer = await fetch(address, { ...how, redirect: "manual", cache: "no-store" });
  if (answer.type === "opaqueredirect" || answer.status === 403) return 0;
  if (!answer.ok) throw new Error("no answer");
  const { left, longest, who } = await answer.json();
  isLast = longest <= WARN_AT && (isLast || stay);
  return String(who) === body.dataset.who ? left : 0;
}

function expect(seconds) {
  ends = Date.now() + seconds * 1000;
  clearTimeout(timer);
  if (seconds > WARN_AT && dialog()?.open) dialog().close();
  const pause = seconds > WARN_AT ? seconds - WARN_AT : isLast ? seconds : Math.min(seconds, 1);
  timer = setTimeout(tick, Math.max(0, pause) * 1000);
}

const left = () => Math.round((ends - Date.now()) / 1000);

/** While the dialog counts down nobody is asked before its end. */
function tick() {
  if (!dialog()?.open || left() <= 0) return look();
  show(left());
  expect(left());
}

async function look() {
  let seconds;
  try {
    seconds = await ask();
  } catch {
    // No connection: at the end the page is covered all the same.
    seconds = left();
  }
  if (seconds <= 0) return leave();
  if ("locked" in body.dataset && !(await uncover())) return leave();
  if (seconds <= WARN_AT && !dialog()?.open && !isLast) warn(seconds);
  expect(seconds);
}

function warn(seconds) {
  const box = dialog();
  if (!box) return;
  show(seconds);
  box.querySelector("[data-kept]").textContent = "";
  box.showModal();
  keep(box);
}

/** Save what saves itself, and say what becomes of what was typed. */
async function keep(box) {
  const { isWaiting, saveAll, hasSaved } = await import("./autosave.js");
  const done = await saveAll({ background: true });
  const waits = isTyped() || isWaiting() || !done;
  const words = waits ? "What you typed is not saved: it waits on this page, covered, for you to sign in again." : "What you typed is saved.";
  box.querySelector("[data-kept]").textContent = waits || hasSaved() ? words : "";
}

function show(seconds) {
  dialog().querySelector("[data-left]").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Nothing of the page stays on the screen; what could not be saved waits, covered, for its owner to sign in. */
async function leave() {
  clearTimeout(timer);
  body.dataset.locked = "";
  if (dialog()?.open) dialog().close();
  const { isWaiting } = await import("./autosave.js");
  if (isWaiting() || isTyped()) return askToSignIn(look);
  location.replace(`${body.dataset.login}?next=${encodeURIComponent(location.pathname)}`);
}

/** Its owner is back, here or in another tab: what was typed is shown again, with a token that is good, and saved where it
 * saves itself. False where nobody is. */
async function uncover() {
  if (!(await freshToken())) return false;
  delete body.dataset.locked;
  stopAsking();
  const { isWaiting, saveAll } = await import("./autosave.js");
  if (isWaiting() && (await saveAll()) && !isTyped()) location.reload();
  return true;
}

async function stay() {
  try {
    const seconds = await ask({ stay: true });
    if (seconds <= 0) return leave();
    dialog().close();
    if (isLast) {
      const minutes = Math.max(1, Math.round(seconds / 60));
      toast(`This session ends in ${minutes} min, whatever you do: it has lasted as long as it may. Save, then log in again.`, "warning");
    }
    expect(seconds);
    channel?.postMessage("look");
  } catch {
    // No connection: the dialog stays and counts on.
  }
}

export function startSession() {
  if (!address) {
    // The log-in page, and what stands before it: other tabs look whether they are still logged in.
    channel?.postMessage("look");
    return;
  }
  channel?.addEventListener("message", () => look());
  expect(Number(body.dataset.left));
  dialog().querySelector("[data-stay]").addEventListener("click", stay);
  dialog().addEventListener("cancel", (event) => {
    event.preventDefault();
    stay();
  });
  // Brought back by the browser's own button: nothing is shown before the server says that it may be.
  addEventListener("pageshow", async (event) => {
    if (!event.persisted) return;
    body.dataset.locked = "";
    try {
      const seconds = await ask();
      if (seconds <= 0) return leave();
      if (!(await uncover())) return leave();
      expect(seconds);
    } catch {
      location.reload();
    }
  });
  // Signed in again in another window beside this one.
  addEventListener("focus", () => "locked" in body.dataset && look());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
}
