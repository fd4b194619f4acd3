// What the page itself draws over the server's drawing: bare lines of marks that are not drawn yet, the ends of the chosen
// mark, and the cross that the keyboard moves. Places count ten-thousandths of the picture's width and height.

export const FULL = 10000;
export const SHORTEST = 50;

const ENDS = { arrow: ["Tail", "Tip"], ellipse: ["First corner", "Second corner"], text: [], measurement: ["First end", "Second end"], scale: ["First end", "Second end"] };
const NS = "http://www.w3.org/2000/svg";

/** A place that lies inside of the picture, in whole units. */
export const within = (n) => Math.round(Math.min(FULL, Math.max(0, n)));

/** What a mark looks like: two that print the same are drawn the same. */
const printOf = (m) => JSON.stringify([m.kind, m.x1, m.y1, m.x2, m.y2, m.ink, m.length_mm, m.label.trim().split(/\s+/).join(" ")]);

/** The same mark moved, as far as the picture reaches. */
export function shifted(mark, dx, dy) {
  const reach = (a, b, d) => Math.max(-Math.min(a, b), Math.min(FULL - Math.max(a, b), d));
  const [x, y] = [reach(mark.x1, mark.x2, Math.round(dx)), reach(mark.y1, mark.y2, Math.round(dy))];
  return { ...mark, x1: mark.x1 + x, x2: mark.x2 + x, y1: mark.y1 + y, y2: mark.y2 + y };
}

/** One end of a mark moved, unless the mark would become too small to be seen. */
export function endsOf(mark, end, [dx, dy]) {
  const made = { [`x${end}`]: within(mark[`x${end}`] + dx), [`y${end}`]: within(mark[`y${end}`] + dy) };
  const after = { ...mark, ...made };
  return Math.max(Math.abs(after.x2 - after.x1), Math.abs(after.y2 - after.y1)) < SHORTEST ? {} : made;
}

function shape(name, attributes) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export class Pen {
  constructor(root) {
    this.drawing = root.querySelector("[data-stage] [data-drawing]");
    this.svg = root.querySelector("[data-pen]");
    this.size = [Number(root.dataset.width), Number(root.dataset.height)];
    this.unit = Math.min(...this.size) / 200;
    this.lines = this.svg.appendChild(shape("g", {}));
    this.ends = this.svg.appendChild(shape("g", {}));
    this.mark = this.svg.appendChild(shape("g", { class: "pen-cross", "aria-hidden": "true" }));
  }

  x(n) {
    return (n * this.size[0]) / FULL;
  }

  y(n) {
    return (n * this.size[1]) / FULL;
  }

  /** Show what the server drew where it still holds, bare lines for the rest, and the ends of the chosen mark. */
  show(marks, known, chosenKey) {
    const drawn = new Map(known.map((m) => [m.key, printOf(m)]));
    this.lines.replaceChildren();
    const holds = new Set();
    for (const mark of marks) {
      if (drawn.get(mark.key) === printOf(mark)) holds.add(mark.key);
      else this.line(mark);
    }
    for (const group of this.drawing.querySelectorAll("[data-mark]")) {
      group.removeAttribute("transform");
      group.classList.toggle("mark-away", !holds.has(group.dataset.mark));
      group.toggleAttribute("data-picked", group.dataset.mark === chosenKey);
      if (!marks.some((m) => m.key === group.dataset.mark)) group.remove();
    }
    this.handles(marks.find((m) => m.key === chosenKey));
  }

  /** One bare line in the place of all others: a mark that is being drawn. */
  rough(mark) {
    for (const old of this.lines.querySelectorAll("[data-rough]")) old.remove();
    this.line(mark, "data-rough");
  }

  line(mark, name = "data-line") {
    const box = shape("g", { [name]: "", class: `mark ink-${mark.ink ?? "yellow"}` });
    const [x1, y1, x2, y2] = [this.x(mark.x1), this.y(mark.y1), this.x(mark.x2), this.y(mark.y2)];
    const [rx, ry] = [Math.abs(x2 - x1) / 2, Math.abs(y2 - y1) / 2];
    for (const [look, width] of [["mark-edge", 2.5], ["mark-line", 1.1]]) {
      const wide = { class: look, "stroke-width": width * this.unit };
      if (mark.kind === "ellipse") box.append(shape("ellipse", { cx: (x1 + x2) / 2, cy: (y1 + y2) / 2, rx, ry, ...wide }));
      else if (mark.kind === "text") box.append(shape("path", { d: `M${x1 - 4 * this.unit} ${y1}h${8 * this.unit}`, ...wide }));
      else box.append(shape("line", { x1, y1, x2, y2, ...wide }));
    }
    this.lines.append(box);
  }

  /** A mark on its way: the server's drawing of it travels with the pointer. */
  carry(before, after) {
    const group = this.drawing.querySelector(`[data-mark="${before.key}"]`);
    group?.setAttribute("transform", `translate(${this.x(after.x1 - before.x1)} ${this.y(after.y1 - before.y1)})`);
    this.place(after);
  }

  reshape(mark) {
    this.drawing.querySelector(`[data-mark="${mark.key}"]`)?.classList.add("mark-away");
    this.rough(mark);
    this.place(mark);
  }

  /** The ends of the chosen mark keep their elements while it is the same mark: the focus stays on them. */
  handles(mark) {
    const names = mark ? ENDS[mark.kind] : [];
    if (this.ends.dataset.of !== (mark?.key ?? "")) {
      this.ends.dataset.of = mark?.key ?? "";
      this.ends.replaceChildren(
        ...names.map((name, n) => {
          const end = shape("g", { class: "pen-end", "data-end": n + 1, tabindex: 0, role: "button", "aria-label": name });
          end.append(shape("circle", { class: "pen-grip" }), shape("circle", { class: "pen-dot" }));
          return end;
        }),
      );
    }
    if (mark) this.place(mark);
  }

  place(mark) {
    for (const end of this.ends.children) {
      const n = end.dataset.end;
      for (const [index, circle] of [...end.children].entries()) {
        circle.setAttribute("cx", this.x(mark[`x${n}`]));
        circle.setAttribute("cy", this.y(mark[`y${n}`]));
        circle.setAttribute("r", (index ? 1.8 : 5) * this.unit);
      }
    }
  }

  cross(place) {
    this.mark.replaceChildren();
    if (!place) return;
    const [x, y, arm] = [this.x(place[0]), this.y(place[1]), 5 * this.unit];
    const d = `M${x - arm} ${y}h${2 * arm}M${x} ${y - arm}v${2 * arm}`;
    this.mark.append(shape("path", { class: "mark-edge", d, "stroke-width": 2 * this.unit }), shape("path", { class: "mark-line", d, "stroke-width": 0.8 * this.unit }));
  }

  replace(fresh) {
    this.drawing.replaceChildren(...[...fresh.children].map((child) => document.importNode(child, true)));
  }
}
