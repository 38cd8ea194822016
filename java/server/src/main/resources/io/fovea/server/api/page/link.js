// What belongs to one box: its outline, its phrase in the text, its row in the list. Pointing at one
// lights all of them; pressing one keeps them lit.

const frame = document.getElementById('frame');
let pointed = null;
let pinned = null;
let lit = null;

function repaint() {
  lit?.paint(false);
  lit = pointed ?? pinned;
  lit?.paint(true);
  frame.classList.toggle('chosen', lit !== null);
}

export class Link {
  #parts = [];
  #begin;

  /** `begin` is called before it is lit. */
  constructor(begin) {
    this.#begin = begin;
  }

  /** Adds a part, which is in the document. */
  join(part) {
    this.#parts = this.#parts.filter((each) => each.isConnected);
    this.#parts.push(part);
    part.addEventListener('pointerenter', () => this.#point(true));
    part.addEventListener('pointerleave', () => this.#point(false));
    part.addEventListener('focus', () => this.#point(true));
    part.addEventListener('blur', () => this.#point(false));
    part.addEventListener('click', () => this.#press());
  }

  paint(on) {
    if (on) this.#begin();
    this.#parts.forEach((part) => part.classList.toggle('lit', on));
  }

  #point(on) {
    pointed = on ? this : null;
    repaint();
  }

  #press() {
    const before = pinned;
    pinned = before === this ? null : this;
    before?.#tell(false);
    pinned?.#tell(true);
    repaint();
  }

  #tell(pressed) {
    this.#parts
      .filter((part) => part.hasAttribute('aria-pressed'))
      .forEach((part) => part.setAttribute('aria-pressed', pressed));
  }
}

/** Lights nothing any more. */
export function lightNone() {
  pointed = pinned = null;
  repaint();
}
