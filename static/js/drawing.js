// One duct as the server drew it from what is typed: its marks as sliders, asked for anew whenever a row has changed.
// Until the new drawing is there, a mark is shifted to where it belongs.
import { released } from "./drag.js";
import { Duct, MOST_MM, patch, segmentAt } from "./duct.js";
import { numberOf, read, retell, wordOf } from "./finding.js";
import { resketch, sketch } from "./sketch.js";

const PAUSE_MS = 120;
const SLIDER = { role: "slider", tabindex: 0, "aria-valuemin": 0 };

function attributes(element, values) {
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
}

export class Drawing {
  /** box: the card of the map. shown() runs after each new drawing. */
  constructor(box, shown) {
    this.box = box;
    this.form = box.closest("form");
    this.shown = shown;
    this.cursor = 10;
    box.addEventListener("pointerdown", () => (this.released = released()), { capture: true });
  }

  part(name) {
    return this.box.querySelector(`[data-duct-${name}]`);
  }

  get svg() {
    return this.box.querySelector("svg.ductmap");
  }

  get line() {
    return this.box.querySelector("[data-duct]");
  }

  get marks() {
    return [...this.box.querySelectorAll(".dm-marker")];
  }

  /** Which duct it is, as `parotid-R`. */
  get map() {
    return `${this.svg.dataset.gland}-${this.svg.dataset.side}`;
  }

  markOf(row) {
    return this.marks.find((mark) => mark.row === row);
  }

  /** Turn a fresh drawing into sliders. rows: the rows as they were when it was asked for. */
  dress(rows) {
    this.duct = new Duct(this.svg);
    const name = `Place a finding, ${this.duct.name}`;
    attributes(this.line, { ...SLIDER, "aria-valuemax": this.duct.end, "aria-label": name, "aria-describedby": "duct-hint" });
    this.point(Math.min(this.cursor, this.duct.end));
    this.svg.removeAttribute("data-hover");
    for (const mark of this.marks) this.dressMark(mark, rows[Number(mark.dataset.finding)]);
    this.shown();
  }

  dressMark(mark, row) {
    mark.row = row;
    mark.mm = Number(mark.dataset.mm);
    mark.dataset.kind = mark.dataset.said.split(",")[0];
    attributes(mark, { ...SLIDER, "aria-valuemax": MOST_MM, "aria-label": `Finding ${mark.dataset.number}` });
    mark.removeAttribute("transform");
    this.tell(mark, mark.dataset.said);
  }

  /** Show at once what the server has not drawn yet: rows of this duct that have no mark. */
  sketch(rows) {
    const before = this.marks.length;
    for (const mark of this.marks) if (mark.row?.isConnected) this.number(mark, numberOf(mark.row));
    rows.forEach((row, index) => {
      const { type, mm, duct } = read(row);
      if (duct !== this.map || mm === null) return;
      const words = `${wordOf(row) || "Finding"}, ${mm} mm from the papilla`;
      const found = { number: numberOf(row), index, type, mm, words };
      const mark = this.markOf(row);
      if (!mark) {
        const made = sketch(this.duct, found);
        this.box.querySelector('[data-part="marks"]').append(made);
        this.dressMark(made, row);
      } else if ("sketch" in mark.dataset) {
        resketch(mark, found);
        mark.dataset.kind = words.split(",")[0];
        this.tell(mark, words);
      }
    });
    if (this.marks.length > before) this.shown();
  }

  /** Marks and rows are counted alike, also while one has come or gone. */
  number(mark, number) {
    mark.dataset.number = number;
    mark.querySelector(".dm-number").textContent = number;
    mark.setAttribute("aria-label", `Finding ${number}`);
  }

  /** Show a mark where it belongs until the server has drawn it there. */
  shift(mark, mm) {
    if (!mark) return;
    const [x0, y0] = this.duct.at(Number(mark.dataset.mm));
    const [x, y] = this.duct.at(mm);
    mark.setAttribute("transform", `translate(${(x - x0).toFixed(2)} ${(y - y0).toFixed(2)})`);
    mark.mm = mm;
    this.tell(mark, `${mark.dataset.kind}, ${mm} mm from the papilla`);
  }

  tell(mark, words) {
    attributes(mark, { "aria-valuenow": mark.mm, "aria-valuetext": `${words}, ${this.duct.name}` });
  }

  /** The cursor on the duct, with its millimetres. */
  point(mm) {
    this.cursor = mm;
    const [x, y] = this.duct.at(mm);
    const cursor = this.box.querySelector("[data-cursor]");
    cursor.setAttribute("transform", `translate(${x} ${y})`);
    cursor.querySelector("text").textContent = `${mm} mm`;
    const where = segmentAt(this.svg.dataset.reach, mm).replace(/_/g, " ");
    attributes(this.line, { "aria-valuenow": mm, "aria-valuetext": `${mm} mm from the papilla, ${where}` });
    this.svg.setAttribute("data-hover", "");
  }

  // --- Asking for it

  /** Draw anew after a short pause in which more may change. */
  redrawSoon(map) {
    clearTimeout(this.timer);
    this.asked?.abort(); // What is on its way does not know of this change.
    this.timer = setTimeout(() => this.redraw(map), PAUSE_MS);
  }

  /** Draw anew what is typed; map: another duct. */
  async redraw(map = this.wanted ?? this.map) {
    clearTimeout(this.timer);
    this.asked?.abort();
    const asked = (this.asked = new AbortController());
    this.wanted = map;
    const rows = [...document.querySelectorAll("#id_findings [data-rows-list] > [data-row]")];
    this.sketch(rows);
    const fields = [...new FormData(this.form)].filter(([name]) => name.startsWith("findings-") || name === "csrfmiddlewaretoken");
    const body = new URLSearchParams([...fields, ["map", map]]);
    let markup;
    try {
      const answer = await fetch(this.box.dataset.ductmap, { method: "POST", body, signal: asked.signal, redirect: "manual" });
      if (!answer.ok) return;
      markup = await answer.text();
    } catch {
      return; // Abandoned for a newer one, or no connection: the rows have everything, and the next change asks again.
    }
    await this.released; // A press must end on what it began on, or it is no click.
    if (asked.signal.aborted) return;
    this.wanted = null;
    this.show(new DOMParser().parseFromString(markup, "text/html").body, rows);
  }

  show(fresh, rows) {
    const focused = this.box.contains(document.activeElement) ? document.activeElement : null;
    const svg = fresh.querySelector("svg.ductmap");
    const kept = this.svg.id === svg.id && focused?.closest(".dm-marker, [data-duct]");
    if (kept) patch(this.svg, svg, kept, rows);
    else this.svg.replaceWith(svg);
    for (const name of ["tabs", "notes"]) this.part(name).replaceWith(fresh.querySelector(`[data-duct-${name}]`));
    for (const hidden of this.part("tabs").querySelectorAll("[data-scripted]")) hidden.hidden = false;
    if (focused?.name === "map") this.part("tabs").querySelector(`[value="${CSS.escape(focused.value)}"]`)?.focus();
    [...this.part("sentences").children].forEach((line, index) => retell(rows[index], line.textContent));
    this.dress(rows);
  }
}
