// A place to sign by finger, pen or mouse. The typed name and the mark below it are the other way, and enough.

const MOST_NUMBERS = 6000;

for (const pad of document.querySelectorAll("[data-signature]")) {
  const sheet = pad.querySelector("svg");
  const line = sheet.querySelector("path");
  const field = pad.closest("form").querySelector('input[name="strokes"]');
  const strokes = read(field.value);
  let current = null;

  const place = (event) => {
    const box = sheet.getBoundingClientRect();
    const within = (value, most) => Math.min(most, Math.max(0, Math.round(value)));
    return [
      within(((event.clientX - box.left) / box.width) * 1000, 1000),
      within(((event.clientY - box.top) / box.height) * 300, 300),
    ];
  };
  const show = () => {
    const drawn = strokes.filter((stroke) => stroke.length >= 4);
    const pairs = (stroke) => stroke.reduce((text, n, i) => text + (i === 0 ? "M" : i % 2 ? " " : " L") + n, "");
    line.setAttribute("d", drawn.map(pairs).join(" "));
    field.value = drawn.length ? JSON.stringify(drawn) : "";
  };
  const length = () => strokes.reduce((sum, stroke) => sum + stroke.length, 0);

  sheet.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0 || length() >= MOST_NUMBERS) return;
    event.preventDefault();
    sheet.setPointerCapture(event.pointerId);
    const start = place(event);
    current = [...start, ...start];
    strokes.push(current);
    show();
  });
  sheet.addEventListener("pointermove", (event) => {
    if (!current || !event.isPrimary || length() >= MOST_NUMBERS - 2) return;
    const [x, y] = place(event);
    if (Math.hypot(x - current.at(-2), y - current.at(-1)) < 3) return;
    current.push(x, y);
    show();
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    sheet.addEventListener(end, () => { current = null; });
  }
  pad.querySelector("button").addEventListener("click", () => {
    strokes.length = 0;
    show();
  });
  pad.hidden = false;
  show();
}

// What was drawn before the form came back with an error.
function read(value) {
  try {
    const found = JSON.parse(value || "[]");
    return Array.isArray(found) ? found.filter(Array.isArray) : [];
  } catch {
    return [];
  }
}
