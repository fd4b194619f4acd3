// An EOB typed beside its scan: each number is tied to the spot where it stands, and the balance is told as it is typed.
import { drag } from "./drag.js";

const FULL = 10000;
const STEP = 100;
const SMALLEST = 60;
const USUAL = { left: 4200, top: 4800, width: 1400, height: 260 };
const NS = "http://www.w3.org/2000/svg";
const PARTS = ["left", "top", "width", "height"];
const TIED = /^(paid_on|trace|payer_control|remarks|printed|lines-\d{1,2}-[a-z]+\d?)$/;

const within = (n, most = FULL) => Math.round(Math.min(most, Math.max(0, n)));

/** Cents of what was typed; null for what is no amount. */
function cents(text) {
  const plain = text.replace(/[$,\s]/g, "");
  if (plain === "") return 0;
  if (!/^-?\d*\.?\d{0,2}$/.test(plain) || !/\d/.test(plain)) return null;
  return Math.round(Number(plain) * 100);
}

const dollars = (n) => `${n < 0 ? "-" : ""}$${(Math.abs(n) / 100).toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ",")}`;

class Balance {
  constructor(form) {
    this.form = form;
    form.addEventListener("input", () => this.tell());
    this.tell();
  }

  tell() {
    let paid = 0;
    let open = 0;
    for (const line of this.form.querySelectorAll("[data-line]")) {
      const value = (end) => [...line.querySelectorAll("input")].filter((i) => end.test(i.name)).map((i) => cents(i.value));
      const [charge] = value(/-charge$/);
      const [got] = value(/-paid$/);
      const taken = value(/-amount\d$/);
      const output = line.querySelector("[data-balance]");
      const all = [charge, got, ...taken];
      const rest = all.includes(null) ? null : charge - got - taken.reduce((sum, n) => sum + n, 0);
      output.classList.toggle("is-even", rest === 0);
      output.classList.toggle("is-off", rest !== 0);
      if (rest === null) output.value = "an amount is no number yet";
      else if (rest === 0) output.value = "adds up";
      else output.value = `${dollars(Math.abs(rest))} ${rest > 0 ? "unaccounted for" : "too much taken off"}`;
      paid += got ?? 0;
      open += rest === 0 ? 0 : 1;
    }
    const total = this.form.querySelector("[data-total]");
    total.value = `The EOB pays ${dollars(paid)}${open ? `; ${open} line${open === 1 ? " does" : "s do"} not add up` : ""}.`;
  }
}

class Marking {
  constructor(form, scan) {
    this.form = form;
    this.scan = scan;
    this.store = form.elements.spots;
    this.said = document.querySelector("[data-marking]");
    this.current = "";
    this.spots = new Map(this.read().map((spot) => [spot.field, spot]));
    form.addEventListener("focusin", (event) => this.chosen(event.target));
    form.addEventListener("keydown", (event) => this.fromField(event));
    for (const page of scan.querySelectorAll("[data-page]")) {
      page.addEventListener("pointerdown", (event) => this.pressed(event, page));
      page.addEventListener("keydown", (event) => this.key(event));
    }
    document.querySelector(".scan-help").hidden = false;
    this.draw();
    this.chosen(document.activeElement); // Somebody quick is in a number already.
  }

  read() {
    try {
      const given = JSON.parse(this.store.value || "[]");
      return Array.isArray(given) ? given : [];
    } catch {
      return [];
    }
  }

  labelOf(name) {
    const field = this.form.elements[name];
    const label = field?.labels?.[0]?.textContent.replace("*", "").trim() ?? name;
    const line = /^lines-(\d+)-/.exec(name);
    return line ? `${label}, line ${Number(line[1]) + 1}` : label;
  }

  /** A number was gone into: from now on the scan marks for it, and its spot lights up. */
  chosen(field) {
    if (!TIED.test(field.name ?? "")) return;
    this.current = field.name;
    this.scan.classList.add("is-marking");
    this.tell();
    this.draw();
    const spot = this.spots.get(this.current);
    if (spot) this.show(spot);
  }

  tell(more = "") {
    const spot = this.spots.get(this.current);
    const where = spot ? `marked on page ${spot.page}` : "not marked yet";
    this.said.textContent = this.current ? `${this.labelOf(this.current)}: ${more || where}.` : "";
  }

  show(spot) {
    const page = this.scan.querySelector(`[data-page="${spot.page}"]`);
    if (!page) return;
    const middle = page.offsetTop + (page.offsetHeight * (spot.top + spot.height / 2)) / FULL;
    this.scan.scrollTop = middle - this.scan.clientHeight / 2;
  }

  fromField(event) {
    if (!event.altKey || event.key.toLowerCase() !== "m" || !TIED.test(event.target.name ?? "")) return;
    event.preventDefault();
    const spot = this.spots.get(this.current) ?? { field: this.current, page: this.nearest(), ...USUAL };
    this.set(spot);
    this.show(spot);
    const page = this.scan.querySelector(`[data-page="${spot.page}"]`);
    page.tabIndex = 0;
    page.focus({ preventScroll: true });
  }

  /** The page of the last mark, where the next number most likely stands. */
  nearest() {
    return [...this.spots.values()].at(-1)?.page ?? Number(this.scan.querySelector("[data-page]").dataset.page);
  }

  key(event) {
    const spot = this.spots.get(this.current);
    if (!spot) return;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      const [x, y] = move.map((n) => n * (event.ctrlKey ? STEP / 5 : STEP));
      this.set(event.shiftKey ? this.grown(spot, x, y) : this.moved(spot, x, y));
      this.show(this.spots.get(this.current));
    } else if (event.key === "PageDown" || event.key === "PageUp") {
      const page = spot.page + (event.key === "PageDown" ? 1 : -1);
      if (!this.scan.querySelector(`[data-page="${page}"]`)) return;
      event.preventDefault();
      this.set({ ...spot, page });
      this.show(this.spots.get(this.current));
    } else if (event.key === "Enter" || event.key === "Escape") {
      event.preventDefault();
      this.form.elements[this.current].focus();
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.spots.delete(this.current);
      this.keep();
      this.tell("its mark is removed");
      this.form.elements[this.current].focus();
    }
  }

  moved(spot, x, y) {
    return { ...spot, left: within(spot.left + x, FULL - spot.width), top: within(spot.top + y, FULL - spot.height) };
  }

  grown(spot, x, y) {
    const width = Math.max(SMALLEST, within(spot.width + x, FULL - spot.left));
    return { ...spot, width, height: Math.max(SMALLEST, within(spot.height + y, FULL - spot.top)) };
  }

  pressed(event, page) {
    if (event.button) return;
    const owner = event.target.closest?.("rect")?.dataset.field;
    const at = (e) => {
      const box = page.getBoundingClientRect();
      return [within((FULL * (e.clientX - box.left)) / box.width), within((FULL * (e.clientY - box.top)) / box.height)];
    };
    if (owner && owner !== this.current) {
      event.preventDefault();
      this.form.elements[owner].focus();
      return;
    }
    if (!this.current) {
      this.said.textContent = "Go into the number first, then drag over the place where it stands.";
      return;
    }
    event.preventDefault();
    const from = at(event);
    const before = this.spots.get(this.current);
    drag(page, event, {
      move: (now) => {
        const to = at(now);
        const [left, top] = [Math.min(from[0], to[0]), Math.min(from[1], to[1])];
        const width = Math.max(SMALLEST, Math.abs(to[0] - from[0]));
        const height = Math.max(SMALLEST, Math.abs(to[1] - from[1]));
        const spot = { left: within(left, FULL - width), top: within(top, FULL - height), width, height };
        this.set({ field: this.current, page: Number(page.dataset.page), ...spot });
      },
      done: (arrived) => {
        if (!arrived && before) this.set(before);
        else if (!arrived) this.spots.delete(this.current);
        this.keep();
        this.form.elements[this.current].focus({ preventScroll: true });
      },
    });
  }

  set(spot) {
    this.spots.set(spot.field, spot);
    this.keep();
    this.tell();
  }

  keep() {
    const wanted = [...this.spots.values()].map((s) => ({ field: s.field, page: s.page, ...Object.fromEntries(PARTS.map((p) => [p, s[p]])) }));
    this.store.value = wanted.length ? JSON.stringify(wanted) : "";
    this.draw();
  }

  draw() {
    for (const page of this.scan.querySelectorAll("[data-page]")) {
      const drawing = page.querySelector("svg");
      drawing.replaceChildren();
      for (const spot of this.spots.values()) {
        if (spot.page !== Number(page.dataset.page)) continue;
        const box = document.createElementNS(NS, "rect");
        for (const [name, part] of [["x", "left"], ["y", "top"], ["width", "width"], ["height", "height"]]) box.setAttribute(name, spot[part]);
        box.dataset.field = spot.field;
        box.classList.toggle("is-lit", spot.field === this.current);
        drawing.append(box);
      }
    }
  }
}

const form = document.querySelector("form[data-eob]");
const scan = document.querySelector("[data-scan]");
if (form) new Balance(form);
if (form && scan) new Marking(form, scan);

// A scan that was chosen comes up at once; without a script the button beside it does the same.
function showScan() {
  if (form?.elements.scan.files.length) form.requestSubmit(form.querySelector('button[value="show"]'));
}
form?.elements.scan.addEventListener("change", showScan);
// Somebody quick has chosen it before this script ran; what the browser brings back of an earlier choice is none.
if (performance.getEntriesByType("navigation")[0]?.type === "navigate") showScan();
