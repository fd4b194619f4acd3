// Millimetres along a drawn duct, and back. The server draws; it hands over the place of each whole millimetre.

/** Nothing lies farther from the papilla. */
export const MOST_MM = 90;

export class Duct {
  /** svg: a drawing with data-places, the places of 0, 1, 2 … mm, and data-reach, the segments with where they begin. */
  constructor(svg) {
    this.svg = svg;
    this.name = svg.dataset.ductName;
    this.hilum = Number(svg.dataset.hilumMm);
    this.places = svg.dataset.places.split(" ").slice(0, MOST_MM + 1).map((spot) => spot.split(",").map(Number));
    // The way from the papilla runs to the right on the left side, and to the left on the right side.
    this.ahead = svg.dataset.side === "R" ? "ArrowLeft" : "ArrowRight";
  }

  get end() {
    return this.places.length - 1;
  }

  /** The place of a distance in millimetres; what lies beyond the drawing is shown at its end. */
  at(mm) {
    const within = Math.min(Math.max(mm, 0), this.end);
    const [x0, y0] = this.places[Math.floor(within)];
    const [x1, y1] = this.places[Math.ceil(within)];
    const share = within - Math.floor(within);
    return [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share];
  }

  /** The whole millimetre whose place is nearest to a pointer. */
  nearest({ clientX, clientY }) {
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    const away = this.places.map(([px, py]) => (px - x) ** 2 + (py - y) ** 2);
    return away.indexOf(Math.min(...away));
  }

  /** Where a key leads from a distance; null for a key that does not move. */
  step(event, mm) {
    if (event.altKey || event.ctrlKey || event.metaKey) return null;
    const size = event.shiftKey ? 5 : 1;
    if (event.key === "Home") return 0;
    if (event.key === "End") return mm >= this.hilum ? this.end : Math.round(this.hilum);
    if (event.key === "PageUp") return within(mm + 10);
    if (event.key === "PageDown") return within(mm - 10);
    if (!event.key.startsWith("Arrow")) return null;
    return within(event.key === "ArrowUp" || event.key === this.ahead ? mm + size : mm - size);
  }
}

const within = (mm) => Math.min(Math.max(mm, 0), MOST_MM);

/** The segment of a distance, by `0:papilla 1.5:distal …`. */
export function segmentAt(reach, mm) {
  const begun = reach.split(" ").map((part) => part.split(":")).filter(([begin]) => mm >= Number(begin) - 1e-6);
  return begun.length ? begun[begun.length - 1][1] : "papilla";
}

/** A new drawing around the part that has the focus, so that a screen reader is not thrown out of it. */
export function patch(svg, fresh, kept, rows) {
  svg.setAttribute("viewBox", fresh.getAttribute("viewBox"));
  Object.assign(svg.dataset, fresh.dataset);
  svg.querySelector("desc").textContent = fresh.querySelector("desc").textContent;
  for (const name of ["ground", "line"]) svg.querySelector(`[data-part="${name}"]`).replaceWith(fresh.querySelector(`[data-part="${name}"]`));
  svg.querySelector("[data-duct]").setAttribute("d", fresh.querySelector("[data-duct]").getAttribute("d"));
  const [old, marks] = [svg, fresh].map((from) => from.querySelector('[data-part="marks"]'));
  const twin = [...marks.children].find((mark) => kept.row && rows[Number(mark.dataset.finding)] === kept.row);
  if (!twin) return old.replaceWith(marks);
  for (const mark of [...old.children]) if (mark !== kept) mark.remove();
  delete kept.dataset.sketch;
  Object.assign(kept.dataset, twin.dataset);
  kept.replaceChildren(...twin.childNodes);
  const at = [...marks.children].indexOf(twin);
  [...marks.children].forEach((mark, index) => {
    if (index < at) kept.before(mark);
    else if (index > at) old.append(mark);
  });
}
