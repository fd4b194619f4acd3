// Drawing on a picture. The marks are a list of plain values; the server draws them, and keeps them with author and time.
// Until it has answered, a mark that is new or was changed shows as a bare line.
import { keeperOf, say, startAutosave } from "./autosave.js";
import { Keys } from "./annotate-keys.js";
import { Pointer } from "./annotate-pointer.js";
import { FULL, Pen, SHORTEST } from "./pen.js";

const HINTS = {
  select: "Choose a tool, or a mark in the picture to move, change or label it.",
  arrow: "Drag from where its words stand to what it points to.",
  ellipse: "Drag over what it encloses.",
  text: "Click where the words are to stand.",
  measurement: "Drag from one edge to the other.",
  scale: "Drag along something whose length you know, such as the width of the endoscope.",
};
const NO_SCALE = "First the scale: drag along something whose length you know, such as the width of the endoscope.";
const SETTLE_MS = 400;

const copyOf = (marks) => marks.map((m) => ({ ...m }));

class Annotator {
  constructor(root) {
    this.root = root;
    this.form = document.getElementById("annotate-form");
    this.stage = root.querySelector("[data-stage]");
    this.pen = new Pen(root);
    this.marks = JSON.parse(this.form.elements.marks.value);
    this.known = copyOf(this.marks); // as the server drew them last
    this.past = [];
    this.future = [];
    this.tool = "select";
    this.ink = "yellow";
    this.cursor = [FULL / 2, FULL / 2];
  }

  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  get chosen() {
    return this.marks.find((m) => m.key === this.chosenKey);
  }

  start() {
    for (const hidden of document.querySelectorAll("[data-scripted]")) hidden.hidden = false;
    startAutosave();
    this.keeper = keeperOf(this.form);
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.stage.setAttribute("aria-label", "Picture to draw on");
    this.stage.setAttribute("aria-describedby", "annotate-hint");
    this.root.addEventListener("click", (event) => this.clicked(event));
    new Keys(this);
    new Pointer(this);
    this.stage.addEventListener("focusin", (event) => this.focused(event));
    this.stage.addEventListener("focusout", () => this.pen.cross(null));
    this.part("label").addEventListener("input", () => this.labelled());
    for (const ask of this.root.querySelectorAll("[data-ask]")) {
      ask.addEventListener("input", (event) => event.stopPropagation()); // not a part of the drawing yet
    }
    this.form.addEventListener("autosave:answer", (event) => this.answered(event.detail));
    document.addEventListener("click", (event) => this.decided(event.target.closest("[data-keep]")));
    this.use("select");
    this.show();
  }

  // --- What is drawn

  /** Show the marks as they are now: those that the server has drawn so, and bare lines for the others. */
  show() {
    this.pen.show(this.marks, this.known, this.chosenKey);
    this.pen.cross(this.tool !== "select" && document.activeElement === this.stage ? this.cursor : null);
    this.part("undo").disabled = !this.past.length;
    this.part("redo").disabled = !this.future.length;
  }

  /** Take a changed list of marks for the drawing, and save it: at once, or when the hand has settled. */
  take(marks, { settling = "" } = {}) {
    // Steps that follow each other at once, such as letters or touches of an arrow key, are undone as one.
    if (!settling || settling !== this.settling) this.past.push(copyOf(this.marks));
    this.settling = settling;
    this.future = [];
    this.marks = marks;
    this.store(settling ? SETTLE_MS : 0);
  }

  store(pause = 0) {
    this.form.elements.marks.value = JSON.stringify(this.marks);
    this.keeper.changed();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.settling = "";
      if (!this.keeper.held) this.keeper.save();
    }, pause);
    if (!this.chosen) this.choose(null);
    this.show();
  }

  step(from, to) {
    if (!from.length) return;
    to.push(copyOf(this.marks));
    this.marks = from.pop();
    this.settling = "";
    this.store();
    this.tell(from === this.past ? "Undone." : "Done again.");
  }

  add(mark) {
    const key = crypto.getRandomValues(new Uint32Array(2)).reduce((words, n) => words + n.toString(36), "m");
    const others = mark.kind === "scale" ? this.marks.filter((m) => m.kind !== "scale") : this.marks;
    const made = { key, label: "", ink: this.ink, length_mm: null, ...mark };
    this.take([...others, made]);
    this.use(made.kind === "scale" && this.wanted ? this.wanted : "select");
    this.choose(key);
    this.focusKey = key;
    this.tell(`${this.nameOf(made)} drawn.`);
  }

  change(key, values, options) {
    this.take(this.marks.map((m) => (m.key === key ? { ...m, ...values } : m)), options);
  }

  remove(key) {
    const mark = this.marks.find((m) => m.key === key);
    if (!mark) return;
    this.stage.focus({ preventScroll: true });
    this.take(this.marks.filter((m) => m.key !== key));
    this.tell(`${this.nameOf(mark)} removed.`);
  }

  nameOf(mark) {
    return this.root.querySelector(`button[data-tool="${mark.kind}"] span`).textContent;
  }

  // --- Tools

  use(tool) {
    this.wanted = tool === "measurement" && !this.marks.some((m) => m.kind === "scale") ? tool : tool === "scale" && this.wanted;
    this.tool = this.wanted ? "scale" : tool;
    this.begun = null;
    this.close();
    this.stage.dataset.tool = this.tool;
    for (const button of this.root.querySelectorAll("button[data-tool]")) button.setAttribute("aria-pressed", button.dataset.tool === this.tool);
    this.part("hint").textContent = this.wanted ? NO_SCALE : HINTS[this.tool];
    if (this.tool !== "select") this.choose(null);
    this.colors();
    this.show();
  }

  paint(ink) {
    this.ink = ink;
    if (this.chosen) this.change(this.chosen.key, { ink });
    this.colors();
  }

  colors() {
    const ink = this.chosen?.ink ?? this.ink;
    for (const button of this.root.querySelectorAll("[data-ink]")) button.setAttribute("aria-pressed", button.dataset.ink === ink);
  }

  choose(key) {
    this.chosenKey = key;
    const mark = this.chosen;
    this.part("chosen").hidden = !mark || Boolean(this.asking);
    this.part("hint").hidden = Boolean(mark || this.asking);
    if (mark) {
      this.part("chosen-words").textContent = mark.kind === "text" ? "Words" : `Label of the ${this.nameOf(mark).toLowerCase()}`;
      if (document.activeElement !== this.part("label")) this.part("label").value = mark.label;
    }
    this.colors();
    this.show();
  }

  labelled() {
    const mark = this.chosen;
    const label = this.part("label").value;
    if (!mark || (mark.kind === "text" && !label.trim())) return;
    this.change(mark.key, { label }, { settling: `label ${mark.key}` });
  }

  // --- A new mark

  /** A bare line of what is being drawn. */
  sketch([x1, y1], [x2, y2]) {
    this.pen.rough({ kind: this.tool, ink: this.ink, x1, y1, x2, y2 });
  }

  /** A mark is drawn from here to there. What it still needs is asked for. */
  finish(from, to) {
    this.begun = null;
    const mark = { kind: this.tool, x1: from[0], y1: from[1], x2: to[0], y2: to[1] };
    if (mark.kind !== "text" && Math.max(Math.abs(mark.x2 - mark.x1), Math.abs(mark.y2 - mark.y1)) < SHORTEST) return this.show();
    if (mark.kind === "text") this.ask("words", "", (label) => label && this.add({ ...mark, label }));
    else if (mark.kind === "scale") this.ask("length", this.root.dataset.scopeMm, (mm) => this.calibrate(mark, Number(mm)));
    else return this.add(mark);
    this.pen.rough(mark); // It stands while its words or its length are asked for.
  }

  /** The scale is known by the width of the endoscope that the record names, or by any other length. */
  calibrate(mark, mm) {
    const label = mm === Number(this.root.dataset.scopeMm) ? "width of the endoscope" : "";
    this.add({ ...mark, ink: "white", label, length_mm: mm.toFixed(2) });
  }

  ask(name, value, done) {
    const box = this.root.querySelector(`[data-ask="${name}"]`);
    const field = box.querySelector("input");
    this.asking = { box, field, done };
    this.choose(null);
    box.hidden = false;
    field.value = value;
    field.focus();
    field.select();
  }

  reply() {
    const { field, done } = this.asking;
    if (!field.reportValidity()) return;
    const value = field.value.trim();
    if (!value) return;
    this.close();
    done(value);
  }

  close() {
    if (!this.asking) return;
    this.asking.box.hidden = true;
    this.asking = null;
    this.choose(this.chosenKey);
  }

  give() {
    const was = Boolean(this.asking || this.begun);
    this.begun = null;
    this.close();
    if (!was) this.use("select");
    this.show();
    this.stage.focus({ preventScroll: true });
  }

  // --- Buttons

  clicked(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.tool) {
      this.use(button.dataset.tool);
      if (this.tool !== "select") this.stage.focus({ preventScroll: true });
    } else if (button.dataset.ink) this.paint(button.dataset.ink);
    else if (button.matches("[data-undo]")) this.step(this.past, this.future);
    else if (button.matches("[data-redo]")) this.step(this.future, this.past);
    else if (button.matches("[data-answer]")) this.reply();
    else if (button.matches("[data-cancel]")) this.give();
    else if (button.matches("[data-remove]")) this.remove(this.chosenKey);
    else if (button.name === "remove") {
      event.preventDefault();
      this.remove(button.value);
    }
  }

  focused(event) {
    const drawn = event.target.closest("[data-mark]");
    if (drawn && this.tool === "select") this.choose(drawn.dataset.mark);
    this.show();
  }

  focusMark(key) {
    this.stage.querySelector(`[data-mark="${key}"]`)?.focus({ preventScroll: true });
  }

  // --- The server's answer

  answered(answer) {
    const fresh = answer.querySelector("[data-drawing]");
    if (!fresh) return;
    for (const hidden of document.querySelectorAll("#problems [data-scripted]")) hidden.hidden = false;
    const stored = JSON.parse(fresh.dataset.marks);
    if (document.querySelector("#problems [data-keep]")) this.theirs = stored;
    else if (document.querySelector("#problems [data-field]")) return;
    else {
      this.base = new Set(stored.map((m) => m.key));
      this.waiting = { stored, drawing: fresh };
      this.refresh();
    }
  }

  /** Put the server's drawing in place, unless the hand is at work: then as soon as it rests. */
  refresh() {
    if (this.isDragging) return;
    if (this.waiting) {
      const focus = this.focusKey ?? document.activeElement?.closest?.("[data-mark]")?.dataset.mark;
      this.pen.replace(this.waiting.drawing);
      this.known = this.waiting.stored;
      this.waiting = null;
      if (focus && (this.focusKey ? this.stage.contains(document.activeElement) || document.activeElement === document.body : true)) this.focusMark(focus);
      this.focusKey = null;
    }
    this.show();
  }

  /** Two people drew: both drawings together, or theirs. */
  decided(button) {
    if (!button || !this.theirs) return;
    const mine = new Set(this.marks.map((m) => m.key));
    const base = this.base ?? new Set(this.known.map((m) => m.key));
    const added = this.theirs.filter((m) => !mine.has(m.key) && !base.has(m.key));
    const hasScale = this.marks.some((m) => m.kind === "scale");
    const both = [...this.marks, ...added.filter((m) => m.kind !== "scale" || !hasScale)];
    this.keeper.held = false;
    this.take(button.dataset.keep === "both" ? both : copyOf(this.theirs));
    this.theirs = null;
    document.getElementById("problems").replaceChildren();
    say("saving", "Saving…");
  }

  tell(words) {
    this.part("said").textContent = words;
  }
}

const root = document.querySelector("[data-annotate]");
if (root) new Annotator(root).start();
