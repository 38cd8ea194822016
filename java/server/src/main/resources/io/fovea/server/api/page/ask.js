// What is asked of the server in each mode, and how its answer gets onto the page.

import * as api from './api.js';

const seconds = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
const rate = (tokens, ms) => (tokens > 0 && ms > 0 ? ` · ${Math.round((1000 * tokens) / ms)} tokens/s` : '');
const count = (tokens) => (tokens === 1 ? '1 token' : `${tokens} tokens`);

/** Boxes of phrases: one a line. Returns what the server said. */
export async function locate({ model, image, text, signal, answer, status }) {
  const phrases = text.split('\n').map((line) => line.trim()).filter(Boolean);
  const results = []; // by phrase, as they come
  let shown = 0; // of them, in the order of the phrases
  let whole;
  status('Sent…');
  const body = { model, image, phrases, presence: 'require' };
  for await (const { alive, chunk } of api.stream('v1/locate', body, signal)) {
    if (alive) {
      if (!shown) status(waiting(alive));
    } else if (chunk.results) {
      whole = chunk;
    } else {
      results[chunk.index] = chunk.result;
      for (; results[shown]; shown++) show(results[shown], answer);
      status(`${shown} of ${phrases.length} phrases…`);
    }
  }
  status(cost(whole));
  return whole;
}

function show({ phrase, absent, presence, regions }, answer) {
  regions.forEach((region) => answer.add(region, presence));
  if (absent || !regions.length) answer.addAbsent(phrase, presence);
}

/** Of phrases that were located at the same time. */
function cost({ results, usage: { completion_tokens: tokens } }) {
  const times = results.map(({ milliseconds }) => milliseconds);
  const first = Math.min(...times.map(({ first_token: first }) => first));
  const decode = Math.max(...times.map(({ decode: each }) => each));
  return `first token ${seconds(first)} · ${count(tokens)}${rate(tokens, decode)}`;
}

/** A message as the API takes it: the picture goes with the first of a conversation. */
export function message(text, image) {
  const content = text ? [{ type: 'text', text }] : [];
  if (image) content.unshift({ type: 'image_url', image_url: { url: image } });
  return { role: 'user', content };
}

/** Streams an answer. Returns all of it in one object. */
export async function stream({ model, task, messages, signal, answer, status }) {
  const whole = { model, text: '', plain_text: '', regions: [] };
  const clock = { begun: performance.now(), first: 0, tokens: 0 };
  status('Sent…');
  const events = api.stream('v1/chat/completions', { model, messages, fovea: { task } }, signal);
  for await (const { alive, chunk } of events) {
    if (alive) {
      if (!clock.first) status(waiting(alive));
    } else {
      take(chunk.choices[0], whole, answer, clock);
      if (clock.first) status(pace(clock));
    }
  }
  return whole;
}

function waiting({ state, waiting: others }) {
  const queue = others === 1 ? ' · 1 request is waiting' : others ? ` · ${others} requests are waiting` : '';
  return (state === 'encoding' ? 'Encoding the picture…' : 'The model is at work…') + queue;
}

function take({ delta, fovea = {}, finish_reason: finish }, whole, answer, clock) {
  if (delta.content) {
    clock.last = performance.now();
    clock.first ||= clock.last;
    clock.tokens++;
    whole.text += delta.content;
  }
  const { plain_text: plain = '', regions = [], ...facts } = fovea;
  whole.plain_text += plain;
  answer.append(plain);
  for (const region of regions) {
    whole.regions.push(region);
    answer.add(region);
  }
  Object.assign(whole, facts);
  if (finish) whole.finish_reason = finish;
  if (facts.tokens) clock.tokens = facts.tokens.completion;
}

function pace({ begun, first, last, tokens }) {
  return `first token ${seconds(first - begun)} · ${count(tokens)}${rate(tokens - 1, last - first)}`;
}
