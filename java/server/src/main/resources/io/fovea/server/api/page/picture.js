// The picture and the boxes over it. Places are shares of its sides, so they hold at any size.

const SVG = 'http://www.w3.org/2000/svg';
const COLORS = ['#3b82f6', '#f97316', '#22c55e', '#ec4899', '#eab308', '#a78bfa', '#06b6d4', '#ef4444'];
const LEAST_ROOM = 40; // thousandths above a box, so that its name fits there

export function colorOf(index) {
  return COLORS[index % COLORS.length];
}

const element = (id) => document.getElementById(id);

export class Picture {
  #frame = element('frame');
  #image = element('picture');
  #boxes = element('boxes');
  #soft = element('soft');
  #shown = null;
  #onShown = () => {};

  /** Calls `told()` whenever other boxes are shown. */
  onShown(told) {
    this.#onShown = told;
  }

  /** Shows a file, at the size that the browser finds; the server's counts once it is known. */
  async show(blob) {
    URL.revokeObjectURL(this.#image.src);
    this.clear();
    this.#image.src = URL.createObjectURL(blob);
    try {
      await this.#image.decode();
      this.setSize(this.#image.naturalWidth, this.#image.naturalHeight);
    } catch {
      this.#image.alt = 'This browser cannot show the picture; the server may read it all the same.';
      this.setSize(4, 3);
    }
  }

  setSize(width, height) {
    this.width = width;
    this.height = height;
    this.#frame.style.setProperty('--width', width);
    this.#frame.style.setProperty('--height', height);
    this.#frame.hidden = false;
  }

  get image() {
    return this.#image;
  }

  /** The answer whose boxes are shown; null where there is none. */
  get shown() {
    return this.#shown;
  }

  get regions() {
    return this.#shown?.regions ?? [];
  }

  clear() {
    this.#shown?.mark(false);
    this.#shown = null;
    this.#boxes.replaceChildren();
    this.#soft.replaceChildren();
    this.#frame.classList.remove('chosen');
  }

  /** Shows an answer's boxes and nobody else's. */
  showAnswer(answer) {
    if (this.#shown === answer) return;
    this.clear();
    this.#shown = answer;
    answer.mark(true);
    answer.regions.forEach((region) => this.#draw(region));
    this.#onShown();
  }

  /** Shows one more box, where its answer is the one that is shown. */
  add(answer, region) {
    if (this.#shown === answer) this.#draw(region);
  }

  #draw(region) {
    const [left, top, right, bottom] = region.pixels;
    const box = document.createElement('div');
    box.className = 'box';
    box.style.setProperty('--color', region.color);
    box.style.left = `${(100 * left) / this.width}%`;
    box.style.top = `${(100 * top) / this.height}%`;
    box.style.width = `${(100 * (right - left)) / this.width}%`;
    box.style.height = `${(100 * (bottom - top)) / this.height}%`;
    box.classList.toggle('low', region.box[1] < LEAST_ROOM);
    box.classList.toggle('right', region.box[0] > 500);
    const name = document.createElement('span');
    name.textContent = region.phrase;
    box.append(name);
    this.#boxes.append(box);
    region.link.join(box);
    this.#drawSpread(region);
  }

  /** A band from an edge's standard deviation within to the same without. */
  #drawSpread({ box, spread, color, link }) {
    if (!spread) return;
    const path = document.createElementNS(SVG, 'path');
    const outline = (sign) => {
      const [x0, y0, x1, y1] = box.map((edge, i) => edge + (i < 2 ? -sign : sign) * spread[i]);
      return `M${x0} ${y0}H${x1}V${y1}H${x0}Z`;
    };
    path.setAttribute('d', outline(1) + outline(-1));
    path.setAttribute('fill', color);
    this.#soft.append(path);
    link.join(path);
  }
}
