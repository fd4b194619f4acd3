// The pointer on the picture: a finger, a pen or a mouse draws, moves and reshapes.
import { drag } from "./drag.js";
import { FULL, shifted, within } from "./pen.js";

export class Pointer {
  /** board: the drawing that the pointer works on, static/js/annotate.js. */
  constructor(board) {
    this.board = board;
    board.stage.addEventListener("pointerdown", (event) => this.grabbed(event));
  }

  at(event) {
    const box = this.board.stage.getBoundingClientRect();
    return [within((FULL * (event.clientX - box.left)) / box.width), within((FULL * (event.clientY - box.top)) / box.height)];
  }

  grabbed(event) {
    if (event.button || this.board.asking) return;
    const end = event.target.closest("[data-end]");
    const drawn = event.target.closest("[data-mark]");
    if (this.board.tool === "select") {
      if (end) this.dragEnd(event, Number(end.dataset.end));
      else if (drawn) this.dragMark(event, drawn.dataset.mark);
      else this.board.choose(null);
    } else if (this.board.tool === "text") {
      event.preventDefault();
      this.board.finish(this.at(event), this.at(event));
    } else this.dragNew(event);
  }

  dragNew(event) {
    event.preventDefault();
    this.board.stage.focus({ preventScroll: true });
    const from = this.at(event);
    let to = from;
    this.follow(event, (now) => {
      to = this.at(now);
      this.board.sketch(from, to);
    }, () => this.board.finish(from, to));
  }

  dragMark(event, key) {
    this.board.choose(key);
    this.board.focusMark(key);
    const from = this.at(event);
    const before = this.board.chosen;
    let after = before;
    this.follow(event, (now) => {
      const to = this.at(now);
      after = shifted(before, to[0] - from[0], to[1] - from[1]);
      this.board.pen.carry(before, after);
    }, () => this.board.change(key, after));
  }

  dragEnd(event, end) {
    const mark = this.board.chosen;
    let values = {};
    this.follow(event, (now) => {
      const [x, y] = this.at(now);
      values = { [`x${end}`]: x, [`y${end}`]: y };
      this.board.pen.reshape({ ...mark, ...values });
    }, () => this.board.change(mark.key, values));
  }

  follow(event, move, done) {
    drag(this.board.stage, event, {
      move: (now) => {
        this.board.isDragging = true;
        move(now);
      },
      done: (arrived) => {
        this.board.isDragging = false;
        if (arrived) done();
        this.board.refresh();
      },
    });
  }
}
