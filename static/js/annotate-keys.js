// The keyboard on the picture: letters choose tools, arrow keys move the cross, a mark or its end, Enter begins and ends.
import { endsOf, shifted, within } from "./pen.js";

const STEP = 50;
const LEAP = 500;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Keys {
  /** board: the drawing that the keys work on, static/js/annotate.js. */
  constructor(board) {
    this.board = board;
    board.root.addEventListener("keydown", (event) => this.pressed(event));
  }

  pressed(event) {
    const { board } = this;
    const field = event.target.closest("input");
    const asked = board.asking && event.target === board.asking.field;
    if (event.key === "Escape") board.give();
    else if (event.key === "Enter" && asked) board.reply();
    else if (event.key === "Enter" && field === board.part("label")) board.focusMark(board.chosenKey);
    else if (field) return;
    else if ((event.ctrlKey || event.metaKey) && "zy".includes(event.key.toLowerCase())) {
      const forth = event.shiftKey || event.key.toLowerCase() === "y";
      board.step(...(forth ? [board.future, board.past] : [board.past, board.future]));
    } else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (!this.pressedInStage(event)) return;
    event.preventDefault();
  }

  pressedInStage(event) {
    const { board } = this;
    const tool = board.root.querySelector(`[data-tool][aria-keyshortcuts="${CSS.escape(event.key.toLowerCase())}"]`);
    if (tool) {
      tool.click();
      board.stage.focus({ preventScroll: true });
      return true;
    }
    if (!board.stage.contains(event.target)) return false;
    const way = ARROWS[event.key]?.map((n) => n * (event.shiftKey ? LEAP : STEP));
    const end = event.target.closest("[data-end]")?.dataset.end;
    if (board.chosen && event.target !== board.stage) return this.pressedMark(event.key, way, end);
    if (board.tool === "select") return false;
    if (way) board.cursor = board.cursor.map((n, axis) => within(n + way[axis]));
    else if (event.key !== "Enter" && event.key !== " ") return false;
    else if (board.begun) return board.finish(board.begun, board.cursor) ?? true;
    else if (board.tool === "text") return board.finish(board.cursor, board.cursor) ?? true;
    else {
      board.begun = board.cursor;
      board.tell("Begun. Move on and press Enter to end it.");
    }
    board.show();
    if (board.begun) board.sketch(board.begun, board.cursor);
    return true;
  }

  pressedMark(key, way, end) {
    const { board } = this;
    const mark = board.chosen;
    if (way && end) board.change(mark.key, endsOf(mark, end, way), { settling: `end ${mark.key}` });
    else if (way) board.change(mark.key, shifted(mark, ...way), { settling: `move ${mark.key}` });
    else if (key === "Delete" || key === "Backspace") board.remove(mark.key);
    else if (key === "Enter" || key === " ") board.part("label").focus();
    else return false;
    return true;
  }
}
