// Dragging: from the pointer's press on an element to its release, wherever that is.

const FAR_PX = 3;

/** Resolves when the pointer is up and its click has been dealt with. */
export const released = () =>
  new Promise((resolve) => {
    for (const kind of ["pointerup", "pointercancel"]) addEventListener(kind, () => setTimeout(resolve), { once: true });
  });

/** Follow a press. move(event) runs once it has gone far enough to be no tap; done(true) at its end, done(false) when it was taken away. */
export function drag(element, press, { move, done }) {
  let far = false;
  const listeners = new AbortController();
  const on = (kind, act) => element.addEventListener(kind, act, { signal: listeners.signal });
  const end = (arrived) => {
    listeners.abort();
    if (far) done(arrived);
  };
  element.setPointerCapture(press.pointerId);
  on("pointermove", (event) => {
    far ||= Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) >= FAR_PX;
    if (far) move(event);
  });
  on("pointerup", () => end(true));
  on("pointercancel", () => end(false));
}
