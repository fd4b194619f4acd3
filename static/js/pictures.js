// The pictures on the page: drawn anew after something came, went or moved. What somebody is typing stays as it is.
import { keeperOf, saveAll, startAutosave, swap } from "./autosave.js";
import { startOrder } from "./order.js";

const table = () => document.getElementById("lighttable");
const list = () => document.getElementById("pictures");

/** The address of the page as it is shown: with the picture that is open, where only one is. */
const here = () => {
  const open = table()?.querySelector(".tile:has([aria-current])");
  return location.pathname + (open ? `?at=${open.dataset.key}` : "");
};

const isBeingTyped = (section) => {
  const form = section.querySelector(".picture-form");
  return Boolean(form && (form.contains(document.activeElement) || keeperOf(form)?.isDirty));
};

/** Take over a page of pictures that the server gave. */
export function redraw(markup) {
  const fresh = new DOMParser().parseFromString(markup, "text/html");
  const focused = document.activeElement?.id;
  const scrolled = document.getElementById("tiles")?.scrollTop ?? 0;
  redrawPictures(fresh);
  const drawn = fresh.getElementById("lighttable");
  if (drawn && table()) {
    table().replaceWith(drawn);
    document.getElementById("tiles").scrollTop = scrolled;
  }
  // What is wrong with something typed stays said until it is mended.
  for (const part of fresh.querySelectorAll("#problems, #pictures")) part.remove();
  swap(fresh.documentElement.outerHTML);
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  startAutosave();
}

function redrawPictures(fresh) {
  const came = fresh.getElementById("pictures");
  if (!came || !list()) return;
  const typed = new Map([...list().querySelectorAll(".picture")].filter(isBeingTyped).map((p) => [p.id, p]));
  const all = [...came.children].map((twin) => (typed.has(twin.id) ? brought(typed.get(twin.id), twin) : twin));
  const focused = all.find((picture) => picture.contains(document.activeElement));
  if (!focused) return list().replaceChildren(...all);
  // The form that somebody types in is not moved in the page, which would take the cursor out of it.
  for (const other of [...list().children]) if (other !== focused) other.remove();
  const place = all.indexOf(focused);
  focused.before(...all.slice(0, place));
  focused.after(...all.slice(place + 1));
}

/** A picture whose form is being typed in, with everything else of it as it came. */
function brought(kept, twin) {
  kept.setAttribute("aria-label", twin.getAttribute("aria-label"));
  kept.querySelector(".picture-side")?.replaceWith(twin.querySelector(".picture-side"));
  const seen = kept.querySelector("[name=seen]");
  if (seen && !keeperOf(kept.querySelector(".picture-form"))?.isDirty) seen.value = twin.querySelector("[name=seen]").value;
  return kept;
}

let turn = Promise.resolve();

/**
 * Ask the server how the pictures are now, one question after the other. Resolves to whether it answered.
 * `background`: nobody did anything, a timer asks. What is being moved just now is not drawn anew under the hand: that
 * waits, or in the background is left to the next time. `anyway`: it is, since where it was moved to does not hold.
 */
export function refresh({ address = "", background = false, anyway = false } = {}) {
  turn = turn.then(async () => {
    const isReady = () => anyway || (background ? !order.isMoving() : order.rest());
    while (await isReady()) {
      const page = await fetch(address || here(), { headers: background ? { "X-Background": "1" } : {} });
      const markup = await page.text();
      if (!anyway && order.isMoving()) continue;
      if (page.ok && !page.redirected) redraw(markup);
      return page.ok;
    }
    return false;
  }).catch(() => false);
  return turn;
}

/** Of many pictures one is open at a time: a tile opens its own without leaving the page. */
async function open(key) {
  if (!(await saveAll())) return document.getElementById("problems")?.focus();
  await refresh({ address: `${location.pathname}?at=${key}` });
  const section = document.getElementById(`image-${key}`);
  section?.scrollIntoView({ block: "nearest" });
  section?.querySelector("input:not([type=hidden]), textarea, select")?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest(".lighttable a[href*='?at=']");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(new URLSearchParams(link.search).get("at"));
});

// A link to a picture that is not open opens it.
function openTarget() {
  const key = /^#image-(\d+)$/.exec(location.hash)?.[1];
  if (key && !document.querySelector(location.hash)) open(key);
}

const order = startOrder({ here, redraw, refresh });
addEventListener("hashchange", openTarget);
openTarget();
