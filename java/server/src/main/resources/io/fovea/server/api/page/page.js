// The page: its picture, its modes, one request at a time.

import * as api from './api.js';
import { Answer, say } from './answer.js';
import { locate, message, stream } from './ask.js';
import { lightNone } from './link.js';
import { Picture } from './picture.js';
import { copy, downloadPng } from './save.js';
import { onPicture } from './source.js';
import { upright } from './upright.js';
import './key.js';

const element = (id) => document.getElementById(id);
const MODES = {
  caption: { go: 'Describe', hint: 'What is there, with boxes.' },
  locate: { go: 'Locate', label: 'What to find', example: 'the blue star', hint: 'One phrase a line.' },
  ask: { go: 'Ask', label: 'Question', example: 'How many circles are there?', hint: 'A short answer.' },
  chat: { go: 'Send', label: 'Message', example: 'Where is the star?', hint: 'It remembers what was said.' },
};

const picture = new Picture();
let shown = null; // the picture's file, its name, and its id on the server to come
let conversation = []; // messages that were answered
let running = null; // ends the request

const mode = () => document.querySelector('input[name=mode]:checked').value;
const model = () => element('model').value;

function status(text) {
  element('status').textContent = text;
  element('status').hidden = !text;
}

function showError(error) {
  const [words, message] = element('error').children;
  words.textContent = error.words ?? 'The page failed.';
  message.textContent = error.message;
  element('error').hidden = false;
}

function forget() {
  running?.abort();
  lightNone();
  conversation = [];
  picture.clear();
  element('log').replaceChildren();
  element('said').replaceChildren();
  element('error').hidden = true;
  status('');
  refresh();
}

/** Makes buttons fit what there is. */
function refresh() {
  const [go, stop] = [element('go'), element('stop')];
  const focused = [go, stop].includes(document.activeElement);
  go.disabled = !shown;
  go.hidden = running !== null;
  stop.hidden = running === null;
  if (focused) (running ? stop : go).focus();
  element('anew').hidden = mode() !== 'chat' || !conversation.length;
  element('results').hidden = !picture.shown?.result && element('anew').hidden;
  element('json').disabled = !picture.shown?.result;
  element('png').disabled = !picture.regions.length;
}

function setMode() {
  const { go, label, example, hint } = MODES[mode()];
  element('go').textContent = go;
  element('hint').textContent = shown ? hint : 'Show a picture first.';
  element('query').hidden = !label;
  element('text-label').textContent = label ?? '';
  element('text').placeholder = example ? `such as: ${example}` : '';
  if (mode() === 'chat') element('log').after(element('prompt'));
  else element('log').before(element('prompt'));
  refresh();
}

async function takePicture(file, name) {
  shown?.upload.abort();
  forget();
  const blob = await upright(file);
  shown = { blob, name, upload: new AbortController() };
  const focused = document.activeElement;
  const pressed = focused === document.body || element('empty').contains(focused);
  element('empty').hidden = true;
  element('tools').hidden = false;
  element('facts').textContent = `${name} · sending…`;
  await picture.show(blob);
  picture.image.alt ||= `The picture: ${name}`;
  setMode();
  if (pressed) element(mode() === 'caption' ? 'go' : 'text').focus(); // what was pressed is gone
  await sendPicture(shown).catch((error) => {
    if (error.name === 'AbortError') return;
    element('facts').textContent = name;
    showError(error);
  });
}

/** Its id to come, which `shown.id` keeps for every request. */
function sendPicture(which) {
  which.id = api.upload(which.blob, model(), which.upload.signal).then(({ id, width, height }) => {
    if (which === shown) {
      picture.setSize(width, height);
      element('facts').textContent = `${which.name} · ${width} × ${height}`;
    }
    return id;
  });
  which.id.catch(() => {}); // told where it is awaited
  return which.id;
}

/** Asks about the picture; once more where the server has forgotten it. */
async function withPicture(ask) {
  try {
    return await ask(await shown.id);
  } catch (error) {
    if (error.code !== 'image_not_found') throw error;
    return ask(await sendPicture(shown));
  }
}

/** What is promised, unless the request is ended before. */
function orStopped(promise, signal) {
  const stopped = new Promise((_, stop) => {
    signal.addEventListener('abort', () => stop(signal.reason));
  });
  return Promise.race([promise, stopped]);
}

async function run() {
  const kind = mode();
  const text = element('text').value.trim();
  if (!shown || running) return;
  if (kind !== 'caption' && !text) {
    element('text').focus();
    return;
  }
  if (kind !== 'chat' || !conversation.length) forget();
  element('error').hidden = true;
  const control = new AbortController();
  running = control;
  refresh();
  const before = picture.shown;
  const answer = new Answer(element('log'), picture, kind === 'ask' || kind === 'chat' ? text : '');
  let note = '';
  try {
    status('Sending the picture…');
    await orStopped(shown.id.catch(() => sendPicture(shown)), control.signal); // a failed one again
    answer.result = await askServer(kind, text, { model: model(), signal: control.signal, answer, status });
    if (answer.result.finish_reason === 'length') note = 'It stopped at the longest length allowed.';
    if (kind !== 'caption') element('text').value = '';
  } catch (error) {
    if (error.name === 'AbortError') {
      note = 'Stopped.';
      say(note);
      status('');
    } else {
      status('');
      showError(error);
      if (answer.empty) answer.remove(before);
    }
  } finally {
    answer.end(note);
    if (running === control) running = null;
    refresh();
  }
}

function askServer(kind, text, request) {
  return withPicture(async (image) => {
    if (kind === 'locate') return locate({ ...request, text, image });
    const query = message(kind === 'caption' ? '' : text, conversation.length ? null : image);
    const messages = [...conversation, query];
    const whole = await stream({ ...request, task: kind, messages });
    if (kind === 'chat') conversation = [...messages, { role: 'assistant', content: whole.text }];
    return whole;
  });
}

async function listModels() {
  const list = await api.models();
  element('model').replaceChildren(...list.map(({ id }) => new Option(id)));
  element('model').disabled = list.length < 2;
}

/** Keeps the question of a chat in view below answers that grow, unless it was scrolled away. */
function followAnswers() {
  let seen = true;
  new IntersectionObserver(([prompt]) => (seen = prompt.isIntersecting)).observe(element('prompt'));
  new ResizeObserver(() => {
    if (seen && mode() === 'chat') element('prompt').scrollIntoView({ block: 'nearest' });
  }).observe(element('log'));
}

const system = matchMedia('(prefers-color-scheme: dark)');

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : system.matches;
}

function showTheme() {
  element('theme').setAttribute('aria-pressed', isDark());
}

function switchTheme() {
  const theme = isDark() ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('fovea-theme', theme);
  showTheme();
}

picture.onShown(refresh);
onPicture(takePicture);
element('form').addEventListener('submit', (event) => {
  event.preventDefault();
  run();
});
element('text').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  run();
});
element('modes').addEventListener('change', setMode);
element('stop').addEventListener('click', () => running?.abort());
document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape' && !document.querySelector('dialog[open]')) running?.abort();
});
element('model').addEventListener('change', forget);
element('anew').addEventListener('click', forget);
element('json').addEventListener('click', async () => {
  await copy(JSON.stringify(picture.shown.result, null, 2));
  say('Copied');
  element('json').textContent = 'Copied';
  setTimeout(() => (element('json').textContent = 'Copy as JSON'), 1500);
});
element('png').addEventListener('click', () => downloadPng(picture, shown.name));
element('theme').addEventListener('click', switchTheme);
system.addEventListener('change', showTheme);
showTheme();
followAnswers();
setMode();
listModels().catch(showError);
