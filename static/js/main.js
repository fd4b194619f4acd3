// Starts the small modules that every page may use. Nothing here is needed to read or to save.
import { startConfirm } from "./confirm.js";
import { startShortcuts } from "./shortcuts.js";
import { startToasts } from "./toast.js";
import { startForms } from "./forms.js";
import { startDrops } from "./drop.js";
import { startSession } from "./session.js";
import { startFind } from "./find.js";

// htmx notes the address of the page in the session's storage. The browser keeps nothing of ours.
sessionStorage.removeItem("htmx-current-path-for-history");

startConfirm();
startShortcuts();
startToasts();
startForms();
startDrops();
startSession();
startFind();
