// One answer: its text with phrases marked, and the list of its boxes.

import { Link } from './link.js';
import { colorOf } from './picture.js';

const said = document.getElementById('said');

/** Tells those who listen instead of looking. */
export function say(text) {
  const line = document.createElement('p');
  line.textContent = text;
  said.append(line);
}

function make(tag, className, text = '') {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

const percent = (share) => `${Math.round(100 * share)} %`;

export class Answer {
  regions = [];
  plain = '';
  result = null; // what the server said, once it is whole
  #picture;
  #node = make('article', 'answer');
  #text = make('p', 'text');
  #list = make('ul', 'found');
  #marks = new Map(); // by where the phrase begins and ends
  #unsaid = 0; // where what was not said aloud yet begins

  /** Adds itself to `log`; its boxes go onto `picture`. */
  constructor(log, picture, question) {
    this.#picture = picture;
    if (question) this.#node.append(this.#question(question));
    this.#node.append(this.#text, this.#list);
    log.append(this.#node);
    picture.showAnswer(this);
  }

  /** Shows the answer's boxes again, after those of others. */
  #question(text) {
    const question = make('button', 'question', text);
    question.type = 'button';
    question.addEventListener('click', () => this.#picture.showAnswer(this));
    return question;
  }

  /** Its boxes are shown now, or not any more. */
  mark(shown) {
    this.#node.classList.toggle('shown', shown);
    this.#node.querySelector('.question')?.setAttribute('aria-pressed', shown);
  }

  /** Adds a piece of the text. */
  append(piece) {
    if (!piece) return;
    this.plain += piece;
    this.#text.append(piece);
    this.#saySentences();
  }

  /** Whole sentences: single tokens make no sense aloud. */
  #saySentences() {
    const end = Math.max(...['. ', '? ', '! ', '\n'].map((mark) => this.plain.lastIndexOf(mark) + 1));
    if (end > this.#unsaid) {
      say(this.plain.slice(this.#unsaid, end));
      this.#unsaid = end;
    }
  }

  /** Adds a box; `presence` is of its phrase, where the model was asked. */
  add(found, presence) {
    const region = { ...found, color: colorOf(this.regions.length) };
    region.link = new Link(() => this.#picture.showAnswer(this));
    this.regions.push(region);
    this.#picture.add(this, region);
    this.#list.append(make('li', ''));
    const row = this.#row(region, presence);
    this.#list.lastChild.append(row);
    region.link.join(row);
    if (region.range) this.#mark(region);
  }

  /** Adds a phrase of which there is no box. */
  addAbsent(phrase, presence) {
    const row = make('li', 'absent');
    row.append(make('span', 'name', phrase), make('span', 'likely', 'not there'));
    if (presence !== undefined) {
      row.append(make('span', 'where', `presence ${percent(presence)}`));
    }
    this.#list.append(row);
    say(`${phrase}: not there`);
  }

  #row(region, presence) {
    const row = make('button', 'row-of-box');
    row.type = 'button';
    row.setAttribute('aria-pressed', 'false');
    row.style.setProperty('--color', region.color);
    row.append(make('span', 'name', region.phrase || 'box'));
    const right = region.calibrated_confidence;
    const share = right ?? region.confidence;
    if (share !== undefined) {
      const what = right === undefined ? 'confidence' : 'chance of being right';
      const likely = make('span', 'likely', percent(share));
      likely.title = `${what}${right === undefined ? '' : `; confidence ${percent(region.confidence)}`}`;
      const bar = make('span', 'bar');
      bar.style.setProperty('--share', share);
      row.append(make('span', 'unseen', what), likely, bar);
    }
    row.append(make('span', 'where', this.#where(region, presence)));
    return row;
  }

  #where({ pixels, spread }, presence) {
    const [left, top, right, bottom] = pixels.map(Math.round);
    const facts = [`${left}, ${top} – ${right}, ${bottom} px`];
    if (spread) {
      const widest = Math.max(
        ...spread.map((edge, i) => (edge / 1000) * (i % 2 ? this.#picture.height : this.#picture.width)),
      );
      facts.push(`edges ± ${widest < 0.05 ? '0' : widest.toFixed(1)} px`);
    }
    if (presence !== undefined) facts.push(`presence ${percent(presence)}`);
    return facts.join(' · ');
  }

  /** Turns the phrase in the text into a button; several boxes may share it. */
  #mark({ range: [start, end], color, link }) {
    const place = `${start}-${end}`;
    let mark = this.#marks.get(place);
    if (!mark) {
      const text = this.#textFrom(start, end);
      if (!text) return;
      mark = make('button', 'phrase', text.data);
      mark.type = 'button';
      mark.style.setProperty('--color', color);
      text.replaceWith(mark);
      this.#marks.set(place, mark);
    }
    link.join(mark);
  }

  /** The characters as a node of their own; null where they are in another phrase already. */
  #textFrom(start, end) {
    this.#text.normalize(); // it came in pieces, and phrases reach across them
    let at = 0;
    for (const node of this.#text.childNodes) {
      const length = node.textContent.length;
      if (node.nodeType === Node.TEXT_NODE && start >= at && end <= at + length) {
        const text = start > at ? node.splitText(start - at) : node;
        if (end - start < text.length) text.splitText(end - start);
        return text;
      }
      at += length;
    }
    return null;
  }

  get empty() {
    return !this.plain && !this.#list.hasChildNodes();
  }

  /** There is no answer; the boxes of another one are shown again. */
  remove(other) {
    this.#node.remove();
    if (other) this.#picture.showAnswer(other);
    else this.#picture.clear();
  }

  /** It is whole, or will never be: `note` says so. */
  end(note) {
    const rest = this.plain.slice(this.#unsaid);
    if (rest.trim()) say(rest);
    if (this.regions.length) say(this.regions.length === 1 ? '1 box' : `${this.regions.length} boxes`);
    if (note) this.#node.append(make('p', 'small note', note));
    this.#text.hidden = !this.plain;
  }
}
