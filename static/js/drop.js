// Drop zones: files dropped on or pasted into the page go to the zone's file field, as if chosen there.

function give(zone, files) {
  const field = zone.querySelector('input[type="file"]');
  if (!field || !files.length) return;
  const carrier = new DataTransfer();
  for (const file of field.multiple ? files : [files[0]]) carrier.items.add(file);
  field.files = carrier.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

export function startDrops() {
  // Beside the zone of the pictures a browser would open the file instead of the page: there the whole page takes it.
  const zoneOf = (event) =>
    event.target.closest?.("[data-drop]") ??
    (event.dataTransfer?.types.includes("Files") ? document.querySelector("form[data-upload] [data-drop]") : null);

  document.addEventListener("dragover", (event) => {
    const zone = zoneOf(event);
    if (!zone) return;
    event.preventDefault();
    zone.dataset.over = "";
  });
  document.addEventListener("dragleave", (event) => delete zoneOf(event)?.dataset.over);
  document.addEventListener("drop", (event) => {
    const zone = zoneOf(event);
    if (!zone) return;
    event.preventDefault();
    delete zone.dataset.over;
    give(zone, event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    const zone = document.querySelector("[data-drop]");
    if (zone && event.clipboardData?.files.length) {
      event.preventDefault();
      give(zone, event.clipboardData.files);
    }
  });

  // What was chosen is said, so that nobody wonders whether it was taken. Pictures go up at once and say it themselves.
  document.addEventListener("change", (event) => {
    if (event.target.closest("form[data-upload]")) return;
    const zone = event.target.matches('input[type="file"]') && zoneOf(event);
    const list = zone && zone.parentElement.querySelector("[data-upload-list]");
    if (!list) return;
    list.replaceChildren(...[...event.target.files].map((file) => {
      const row = document.createElement("li");
      const name = document.createElement("span");
      const size = document.createElement("span");
      name.textContent = file.name;
      size.className = "muted num";
      size.textContent = file.size < 1e6 ? `${Math.max(1, Math.round(file.size / 1e3))} KB` : `${(file.size / 1e6).toFixed(1)} MB`;
      row.append(name, size);
      return row;
    }));
    list.hidden = event.target.files.length === 0;
  });
}
