// Keys: Ctrl K (or Cmd K) opens the search, '/' too outside of fields; '?' lists the keys; Escape closes menus.
// A link or button with data-key="Alt+ArrowDown" answers to that key.
import { openFind } from "./find.js";

const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

const nameOf = (event) =>
  [event.ctrlKey || event.metaKey ? "Ctrl" : "", event.altKey ? "Alt" : "", event.shiftKey ? "Shift" : "", event.key]
    .filter(Boolean)
    .join("+");

function goToSearch(event) {
  if (openFind()) event.preventDefault();
}

/** Focus the field that the address points to: what a 'Fix' link promises. */
function focusTarget() {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id && (document.getElementById(id) ?? document.getElementById(`div_${id}`));
  if (!target || target.matches("main")) return; // 'Skip to the page' leads to its beginning.
  const field = target.matches("input, textarea, select, button, a")
    ? target
    : target.querySelector("input:checked") ?? target.querySelector("input:not([type=hidden]), textarea, select");
  field?.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center" });
}

export function startShortcuts() {
  document.addEventListener("keydown", (event) => {
    const name = nameOf(event);
    if (name.toLowerCase() === "ctrl+k" || (name === "/" && !isTyping(event.target))) return goToSearch(event);
    if (event.key === "?" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target)) {
      event.preventDefault();
      return document.getElementById("shortcuts")?.togglePopover();
    }
    if (name === "Escape") {
      const menu = event.target.closest?.("[data-menu][open]") ?? document.querySelector("[data-menu][open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
      return;
    }
    const bound = document.querySelector(`:is(a, button)[data-key="${CSS.escape(name)}"]`);
    if (bound) {
      event.preventDefault();
      bound.click();
    }
  });

  document.addEventListener("click", (event) => {
    // Chromium gives the target of a fragment the focus again while the page still loads, under the feet of whoever tabs on.
    if (event.target.closest(".skip-link")) {
      event.preventDefault();
      document.getElementById("main").focus();
    }
    for (const menu of document.querySelectorAll("[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // In a strip of steps or tabs, the present one is always in sight.
  for (const current of document.querySelectorAll(".work-steps [aria-current], .nav-tabs [aria-current]")) {
    const strip = current.closest(".work-steps, .nav-tabs");
    strip.scrollLeft = current.offsetLeft - (strip.clientWidth - current.offsetWidth) / 2;
  }

  addEventListener("hashchange", focusTarget);
  focusTarget();
}
