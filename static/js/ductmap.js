// The duct map as the way to enter findings. A mark is a row of the form: whatever happens to a mark is written into the
// fields of its row, and whatever is typed in a row shows on the map. What is drawn comes from the server.
import { drag } from "./drag.js";
import { Drawing } from "./drawing.js";
import { segmentAt } from "./duct.js";
import { numberOf, read, write } from "./finding.js";

/** hands: what the list of rows can do, { add(box), remove(button) }. */
export function startDuctmap(hands) {
  const box = document.querySelector("[data-ductmap]");
  if (box) new DuctMap(box, hands).start();
}

class DuctMap {
  constructor(box, hands) {
    this.box = box;
    this.hands = hands;
    this.drawing = new Drawing(box, () => this.shown());
    this.known = new WeakMap(); // of each row: the millimetres it had last, and its segments
    this.chosen = null;
  }

  part(name) {
    return this.box.querySelector(`[data-duct-${name}]`);
  }

  /** The list of rows; it is drawn anew when somebody else changed it. */
  get rows() {
    return document.getElementById("id_findings");
  }

  get list() {
    return this.rows.querySelector("[data-rows-list]");
  }

  start() {
    for (const hidden of this.box.querySelectorAll("[data-scripted]")) hidden.hidden = false;
    this.drawing.dress([...this.list.children]);
    this.box.addEventListener("click", (event) => this.clicked(event));
    this.box.addEventListener("keydown", (event) => this.pressed(event));
    this.box.addEventListener("pointerdown", (event) => this.grabbed(event));
    this.box.addEventListener("pointermove", (event) => this.hovered(event));
    this.box.addEventListener("pointerleave", () => this.drawing.svg.removeAttribute("data-hover"));
    this.box.addEventListener("focusin", (event) => {
      const mark = event.target.closest(".dm-marker");
      if (mark) this.choose(mark.row);
    });
    const form = this.box.closest("form");
    const rowOf = (event) => event.target.closest("#id_findings [data-row]");
    form.addEventListener("focusin", (event) => this.entered(rowOf(event)));
    for (const kind of ["input", "change"]) form.addEventListener(kind, (event) => this.typed(rowOf(event), event.target));
    const watch = new MutationObserver(() => this.rowsChanged());
    watch.observe(this.list, { childList: true });
    form.addEventListener("autosave:fresh", () => {
      watch.observe(this.list, { childList: true });
      this.rowsChanged();
    });
    document.addEventListener("autosave:answer", () => this.drawing.redrawSoon());
    addEventListener("online", () => this.drawing.redrawSoon());
  }

  // --- Rows

  rowsChanged() {
    for (const mark of this.drawing.marks) if (!mark.row?.isConnected) mark.remove();
    if (this.chosen && !this.chosen.isConnected) this.choose(null);
    this.drawing.redrawSoon();
  }

  /** Whoever works in a row sees its duct. */
  entered(row) {
    if (!row) return;
    this.choose(row);
    const { duct } = read(row);
    if (duct && duct !== this.drawing.map) this.drawing.redraw(duct);
  }

  typed(row, field) {
    if (!row) return;
    const { mm, segment, duct } = read(row);
    const known = this.known.get(row);
    if (known && mm !== null && mm !== known.mm && field.name.endsWith("-distance_from_papilla_mm")) {
      // A segment that came from the distance goes with it; one that was chosen otherwise stays.
      if (segment && segment === segmentAt(known.reach, known.mm)) write(row, { segment: segmentAt(known.reach, mm) });
      known.mm = mm;
      this.drawing.shift(this.drawing.markOf(row), mm);
    }
    this.choose(row);
    this.drawing.redrawSoon(duct || undefined);
  }

  // --- Placing and moving

  place(mm, byKey) {
    const { gland, side, reach } = this.drawing.svg.dataset;
    const row = this.hands.add(this.rows);
    row.querySelector("details").open = false;
    write(row, { gland, side, distance_from_papilla_mm: mm, segment: segmentAt(reach, mm) });
    this.choose(row);
    this.say(`Finding ${numberOf(row)} placed ${mm} mm from the papilla, ${this.drawing.duct.name}. What is it?`);
    this.drawing.redraw();
    this.part("chosen").querySelector("button[value]").focus({ preventScroll: !byKey });
  }

  move(mark, mm) {
    const row = mark.row;
    if (!row.isConnected) return;
    this.drawing.shift(mark, mm);
    this.known.set(row, { mm, reach: mark.dataset.reach });
    write(row, { distance_from_papilla_mm: mm, segment: segmentAt(mark.dataset.reach, mm) });
    this.choose(row);
  }

  remove(row) {
    this.say(`Finding ${numberOf(row)} removed.`);
    this.undo = this.hands.remove(row.querySelector("button[name=remove]"));
    this.drawing.line.focus({ preventScroll: true });
  }

  // --- Pointer

  grabbed(event) {
    const mark = event.target.closest(".dm-marker");
    if (!mark?.row || event.button) return;
    let mm = mark.mm;
    drag(mark, event, {
      move: (at) => {
        this.isDragging = true;
        mm = this.drawing.duct.nearest(at);
        this.drawing.shift(mark, mm);
        this.drawing.point(mm);
      },
      done: (arrived) => {
        this.isDragging = false;
        if (arrived) this.move(mark, mm);
        else this.drawing.redraw();
      },
    });
  }

  hovered(event) {
    if (this.isDragging || event.pointerType === "touch") return;
    if (event.target.matches("[data-duct]")) this.drawing.point(this.drawing.duct.nearest(event));
    else this.drawing.svg.removeAttribute("data-hover");
  }

  clicked(event) {
    const { target } = event;
    const mark = target.closest(".dm-marker");
    const button = target.closest("button");
    if (target.matches("[data-duct]")) this.place(this.drawing.duct.nearest(event), false);
    else if (mark) mark.focus({ preventScroll: true });
    else if (button) this.pushed(button, event);
  }

  pushed(button, event) {
    const row = this.chosen;
    if (button.name === "fill") return; // Taken over from the last visit: static/js/filling.js.
    if (button.name === "map") {
      event.preventDefault();
      this.choose(null);
      this.drawing.redraw(button.value);
      this.say(`${button.firstChild.textContent.trim()} shown.`);
    } else if (button.matches("[data-duct-plain]")) {
      const added = this.hands.add(this.rows);
      write(added, { gland: button.dataset.ductPlain });
      added.querySelector('[name$="-side"]').focus();
    } else if (!row) return;
    else if (button.matches("[data-duct-edit], [data-duct-other]")) this.open(row);
    else if (button.matches("[data-duct-remove]")) this.remove(row);
    else if (button.value) {
      write(row, { type: button.value });
      // What is not normal has more to be said of it: its row opens, while the map keeps the focus.
      row.querySelector("details").open = button.value !== "normal";
      this.drawing.redraw();
      this.say(`Finding ${numberOf(row)}: ${button.textContent.trim()}.`);
      this.focusOn = row;
      this.focusMark();
    }
  }

  open(row) {
    row.querySelector("details").open = true;
    const first = row.querySelector("select");
    first.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  // --- Keyboard

  pressed(event) {
    const mark = event.target.closest(".dm-marker");
    if (event.key === "z" && (event.ctrlKey || event.metaKey) && this.undo) {
      event.preventDefault();
      this.undo();
      this.undo = null;
    } else if (mark?.row) this.pressedMark(event, mark);
    else if (event.target.matches("[data-duct]")) this.pressedDuct(event);
  }

  pressedMark(event, mark) {
    const mm = this.drawing.duct.step(event, mark.mm);
    if (mm !== null) this.move(mark, mm);
    else if (event.key === "Delete" || event.key === "Backspace") this.remove(mark.row);
    else if (event.key === "Enter" || event.key === " ") this.open(mark.row);
    else return;
    event.preventDefault();
  }

  pressedDuct(event) {
    const mm = this.drawing.duct.step(event, this.drawing.cursor);
    if (mm !== null) this.drawing.point(Math.min(mm, this.drawing.duct.end));
    else if (event.key === "Enter" || event.key === " ") this.place(this.drawing.cursor, true);
    else return;
    event.preventDefault();
  }

  // --- Which finding is in hand

  shown() {
    for (const mark of this.drawing.marks) if (mark.row) this.known.set(mark.row, { mm: mark.mm, reach: mark.dataset.reach });
    this.choose(this.chosen);
    this.focusMark();
  }

  choose(row) {
    this.chosen = row;
    for (const mark of this.drawing.marks) mark.toggleAttribute("data-chosen", mark.row === row);
    this.part("chosen").inert = !row;
    this.part("hint").inert = Boolean(row);
    if (!row) return;
    const { mm, type } = read(row);
    this.part("chosen-words").textContent = `Finding ${numberOf(row)}${mm === null ? "" : `, ${mm} mm`}`;
    for (const chip of this.part("chosen").querySelectorAll("button[value]:not([value=''])")) chip.setAttribute("aria-pressed", chip.value === type);
  }

  /** Back from the words to their mark, as soon as it is drawn, unless somebody went elsewhere meanwhile. */
  focusMark() {
    const mark = this.focusOn && this.drawing.markOf(this.focusOn);
    if (!this.part("chosen").contains(document.activeElement)) this.focusOn = null;
    if (!mark || !this.focusOn) return;
    this.focusOn = null;
    mark.focus({ preventScroll: true });
  }

  say(words) {
    this.part("said").textContent = words;
  }
}
