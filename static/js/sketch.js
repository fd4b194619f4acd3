// A mark drawn by the page itself: where it lies and its number. It stands until the server has drawn the real one, so
// that a finding shows at once, also while there is no connection.

const SVG = "http://www.w3.org/2000/svg";
const RADIUS = 8;

function shape(name, values) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(values)) element.setAttribute(key, value);
  return element;
}

const toneOf = (type) => (type ? (type === "normal" ? "normal" : "abnormal") : "open");

/** A new mark; `found` is { number, index, type, mm, words }. */
export function sketch(duct, found) {
  const [x, y] = duct.at(found.mm);
  const mark = shape("g", { class: "dm-marker", "data-sketch": "" });
  const number = shape("text", { class: "dm-number", x, y: y + 3.4, "font-size": 9.5, "text-anchor": "middle" });
  mark.append(shape("circle", { cx: x, cy: y, r: RADIUS }), number, shape("circle", { class: "dm-grip", cx: x, cy: y, r: 3 }));
  mark.dataset.reach = duct.svg.dataset.reach;
  mark.dataset.mm = found.mm;
  resketch(mark, found);
  return mark;
}

/** The same mark after its row changed. */
export function resketch(mark, { number, index, type, words }) {
  mark.querySelector("circle").setAttribute("class", `dm-badge-${toneOf(type)}`);
  mark.querySelector("text").textContent = number;
  Object.assign(mark.dataset, { number, finding: index, type, said: words });
}
