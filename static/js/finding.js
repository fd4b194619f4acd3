// The row of a finding: its fields read and written by their names.

const fieldsOf = (row, name) => [...row.querySelectorAll(`[name^="findings-"][name$="-${name}"]`)];
/** The number that row and mark carry. */
export const numberOf = (row) => row.querySelector("[data-row-number]").textContent.trim();

/** What the map needs to know of a row. */
export function read(row) {
  const value = (name) => fieldsOf(row, name).find((f) => f.type !== "radio" || f.checked)?.value ?? "";
  const [gland, side] = [value("gland"), value("side")];
  return { type: value("type"), segment: value("segment"), mm: millimetres(value("distance_from_papilla_mm")), duct: gland && side && `${gland}-${side}` };
}

/** What was found, in the word that its list shows; empty as long as nobody has said it. */
export function wordOf(row) {
  const chosen = fieldsOf(row, "type")[0]?.selectedOptions?.[0];
  return chosen?.value ? chosen.textContent.trim() : "";
}

/** Write as if somebody had typed it, so that the row, the autosave and the map learn of it. */
export function write(row, values) {
  for (const [name, value] of Object.entries(values)) {
    const fields = fieldsOf(row, name);
    const field = fields[0].type === "radio" ? fields.find((f) => f.value === value) : fields[0];
    if (field.type === "radio") field.checked = true;
    else field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** Give a folded row its line. */
export function retell(row, words) {
  const line = row?.querySelector(".fold-words");
  if (!line) return;
  const said = line.querySelector("bdi") ?? document.createElement("bdi");
  if (said.textContent !== words) said.textContent = words;
  if (!said.isConnected) line.replaceChildren(said);
}

/** A number as somebody typed it, or null. */
function millimetres(text) {
  const found = /^\s*(\d+(?:[.,]\d+)?)\s*$/.exec(text ?? "");
  return found ? Number(found[1].replace(",", ".")) : null;
}
