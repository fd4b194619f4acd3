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
  const kept = [...list().querySelectorAll(".picture")].find(isBeingTyped);
  const twin = kept && came.querySelector(`#${kept.id}`);
  if (!twin) return list().replaceChildren(...came.children);
  // The form that somebody types in is not moved in the page, which would take the cursor out of it.
  for (const other of [...list().children]) if (other !== kept) other.remove();
  const all = [...came.children];
  const place = all.indexOf(twin);
  kept.before(...all.slice(0, place));
  kept.after(...all.slice(place + 1));
  kept.setAttribute("aria-label", twin.getAttribute("aria-label"));
  kept.querySelector(".picture-side")?.replaceWith(twin.querySelector(".picture-side"));
  const seen = kept.querySelector("[name=seen]");
  if (seen && !keeperOf(kept.querySelector(".picture-form"))?.isDirty) seen.value = twin.querySelector("[name=seen]").value;
}

let turn = Promise.resolve();

/** Ask the server how the pictures are now. `background`: nobody did anything, a timer asks. One after the other. */
export function refresh({ address = "", background = false } = {}) {
  turn = turn.then(async () => {
    const page = await fetch(address || here(), { headers: background ? { "X-Background": "1" } : {} });
    if (page.ok && !page.redirected) redraw(await page.text());
    return page.ok;
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

addEventListener("hashchange", openTarget);
openTarget();
startOrder({ here, redraw, refresh });
