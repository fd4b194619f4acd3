// The order of the pictures: dragged by mouse, finger or pen, or moved with the arrow keys from a tile's grip.
// The server is told once it rests; figure numbers everywhere follow from what it answers.
import { say } from "./autosave.js";
import { drag, released } from "./drag.js";
import { newKey } from "./sending.js";
import { toast } from "./toast.js";
import { tokenOf } from "./token.js";

const REST_MS = 600;
const RETRY_MS = 5000;
const EDGE_PX = 36;
const STEP_PX = 14;
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -Infinity, End: Infinity };

const tiles = () => [...document.querySelectorAll("#tiles > .tile")];
const keys = () => tiles().map((tile) => tile.dataset.key).join(",");

/** Put a tile to a place by moving the others around it: what is taken out of the page loses pointer and focus. */
function put(tile, place) {
  const all = tiles();
  const from = all.indexOf(tile);
  const to = Math.max(0, Math.min(all.length - 1, place));
  if (to > from) tile.before(...all.slice(from + 1, to + 1));
  if (to < from) tile.after(...all.slice(to, from));
  renumber();
  return to !== from;
}

function renumber() {
  tiles().forEach((tile, index) => {
    tile.querySelector(".tile-words .num").textContent = index + 1;
    tile.querySelector(".tile-grip").setAttribute("aria-label", `Move figure ${index + 1}`);
  });
}

function tell(text) {
  document.getElementById("order-said").textContent = text;
}

/**
 * Returns what a page that is to be drawn anew asks first: isMoving(), whether a picture is in somebody's hand or the
 * server does not know of its place yet, and rest(), which resolves to whether everything has come to rest.
 */
export function startOrder({ here, redraw, refresh }) {
  const table = document.getElementById("lighttable");
  if (!table) return { isMoving: () => false, rest: async () => true };
  let stored = keys();
  let timer;
  let saving = null;
  let hand = null;
  let isStale = false;

  const changed = (soon = REST_MS) => {
    clearTimeout(timer);
    timer = setTimeout(save, soon);
    say("saving", "Saving…");
  };

  const save = () => (saving ??= send().finally(() => { saving = null; }));

  async function send() {
    clearTimeout(timer);
    while (keys() !== stored) {
      const asked = keys();
      const answer = await post(asked, here());
      if (!answer) {
        say("offline", "The order is not saved: no connection. Trying again…");
        timer = setTimeout(save, RETRY_MS);
        return;
      }
      if (!answer.ok) return refused(answer.refusal);
      stored = asked;
      if (keys() !== asked) continue;
      isStale = Boolean(hand);
      if (!isStale) redraw(answer.page);
      stored = keys();
      say("saved", "The order is saved");
    }
  }

  function refused(sentence) {
    toast(sentence, "error");
    stored = keys();
    refresh({ anyway: true }).then(() => {
      stored = keys();
      say("saved", "Nothing was moved");
    });
  }

  const isMoving = () => hand !== null || keys() !== stored;

  async function rest() {
    await hand;
    if (keys() !== stored) await save();
    return !isMoving();
  }

  // A page that was drawn anew for another reason has the order as it is stored.
  const watch = new MutationObserver(() => {
    if (document.getElementById("lighttable") !== watched) {
      watched = document.getElementById("lighttable");
      stored = keys();
    }
  });
  let watched = table;
  watch.observe(table.parentElement, { childList: true });

  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest(".tile-grip") ?? (event.pointerType === "mouse" && event.target.closest(".tile > a"));
    if (!grip || event.button) return;
    const tile = grip.closest(".tile");
    const before = keys();
    const mine = (hand = released());
    hand.then(() => {
      if (hand === mine) hand = null;
      if (isStale && !isMoving()) refresh();
    });
    drag(grip, event, {
      move: (at) => {
        tile.dataset.dragging = "";
        scrollAt(at);
        const over = document.elementsFromPoint(at.clientX, at.clientY).map((e) => e.closest(".tile")).find((t) => t && t !== tile);
        if (over && isPast(over, tile, at)) put(tile, tiles().indexOf(over));
      },
      done: (arrived) => {
        delete tile.dataset.dragging;
        // The press was no click on what lies beneath it.
        grip.addEventListener("click", (click) => click.preventDefault(), { capture: true, once: true });
        if (!arrived) for (const key of before.split(",").reverse()) document.getElementById("tiles").prepend(tiles().find((t) => t.dataset.key === key));
        renumber();
        if (keys() !== before) changed(0);
      },
    });
  });

  document.addEventListener("keydown", (event) => {
    const tile = event.target.closest?.(".tile-grip")?.closest(".tile");
    const step = STEPS[event.key];
    if (!tile || !step || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (!put(tile, tiles().indexOf(tile) + step)) return tell(step < 0 ? "It is the first already." : "It is the last already.");
    tile.scrollIntoView({ block: "nearest" });
    tell(`Now figure ${tiles().indexOf(tile) + 1} of ${tiles().length}.`);
    changed();
  });

  addEventListener("online", () => save());
  addEventListener("beforeunload", (event) => {
    if (keys() !== stored) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && save());
  return { isMoving, rest };
}

/** Past the middle of a tile in the direction of the way, so that two tiles of one place do not flutter. */
function isPast(over, tile, at) {
  const box = over.getBoundingClientRect();
  const isLater = tiles().indexOf(over) > tiles().indexOf(tile);
  const sameRow = Math.abs(box.top - tile.getBoundingClientRect().top) < box.height / 2;
  if (!sameRow) return true;
  return isLater ? at.clientX > box.left + box.width / 3 : at.clientX < box.right - box.width / 3;
}

function scrollAt(event) {
  const list = document.getElementById("tiles");
  const box = list.getBoundingClientRect();
  if (event.clientY < box.top + EDGE_PX) list.scrollTop -= STEP_PX;
  else if (event.clientY > box.bottom - EDGE_PX) list.scrollTop += STEP_PX;
}

/** Tell the server. Resolves to null where it did not answer. */
async function post(order, address) {
  const body = new URLSearchParams({ csrfmiddlewaretoken: tokenOf(), once: newKey(), keys: order });
  const at = new URLSearchParams(address.split("?")[1]).get("at");
  if (at) body.set("at", at);
  try {
    const answer = await fetch(document.getElementById("lighttable").dataset.order, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (answer.ok) return { ok: true, page: await answer.text() };
    const told = answer.status === 409 ? (await answer.json()).refusal : "The order could not be saved. Load the page again, then move the picture once more.";
    return { ok: false, refusal: told };
  } catch {
    return null;
  }
}
