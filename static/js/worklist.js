// Keys of the worklist: j and k go from row to row, Enter opens one, x ticks it. Without this script all of it is done
// by links, boxes and buttons.

const table = document.querySelector("[data-rows]");
const isTyping = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;

if (table) {
  const rows = [...table.querySelectorAll("[data-row]")];
  // Whoever only reads the list has no boxes to tick, and no form around them.
  const form = table.closest("form");
  const told = form?.querySelector("[data-chosen]");
  const everything = form?.querySelector("[data-everything]");
  let here = -1;

  const boxOf = (row) => row.querySelector("[data-tick]");

  function go(to) {
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (!row) return;
    rows[here]?.removeAttribute("data-here");
    here = rows.indexOf(row);
    row.setAttribute("data-here", "");
    // The focus goes to what a screen reader reads out: the link with the claim's number, else the box.
    (row.querySelector("[data-open]") ?? boxOf(row))?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function count() {
    if (!told) return;
    const n = rows.filter((row) => boxOf(row)?.checked).length;
    if (everything?.checked) told.textContent = "All claims of this list are chosen.";
    else told.textContent = n ? `${n} claim${n === 1 ? "" : "s"} chosen.` : "Tick claims, then choose what to do with them.";
  }

  const keys = {
    j: () => go(here + 1),
    k: () => go(here - 1),
    x: () => {
      const box = rows[here] && boxOf(rows[here]);
      if (!box) return;
      box.checked = !box.checked;
      count();
    },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "Enter" && event.target.matches("[data-tick]")) {
      // In a box, Enter would send the form with its first button: here it opens the row.
      event.preventDefault();
      event.target.closest("[data-row]").querySelector("[data-open]")?.click();
      return;
    }
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });

  table.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (!row || rows.indexOf(row) === here) return;
    rows[here]?.removeAttribute("data-here");
    here = rows.indexOf(row);
    row.setAttribute("data-here", "");
  });
  form?.addEventListener("change", count);
  count();
}
