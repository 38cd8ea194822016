// Talks to the server: the key, errors in words, events of a stream.

const KEY = 'fovea-key';

const WORDS = {
  engine_failed: 'The model failed.',
  image_store_full: 'The server keeps too many pictures just now.',
  invalid_image: 'The server cannot read this picture.',
  model_loading: 'The model is still being loaded.',
  queue_full: 'Too many requests are waiting.',
  request_timeout: 'Sending took too long.',
  request_too_large: 'This picture is too large for the server.',
  shutting_down: 'The server is shutting down.',
  timeout: 'The answer took too long.',
};

/** A request that was not answered. `message` is the server's own, `words` the page's. */
export class Refusal extends Error {
  constructor(words, message, code) {
    super(message);
    this.words = words;
    this.code = code;
  }

  static of(error, status, retryAfter) {
    const fallback =
      status === 401 ? 'The server wants a key.'
      : status < 500 ? 'The server did not accept this.'
      : 'The server failed.';
    const wait = retryAfter ? ` Try again in ${retryAfter} s.` : '';
    return new Refusal((WORDS[error.code] ?? fallback) + wait, error.message, error.code);
  }
}

let askForKey = async () => null;
let asking = null;

/** `ask(problem)` shows the user why a key is needed; it resolves to the key, or to null. */
export function onKeyWanted(ask) {
  askForKey = ask;
}

/** One question at a time: requests that are refused together share the answer. */
async function newKey(problem) {
  asking ??= askForKey(problem).finally(() => (asking = null));
  const key = await asking;
  if (key) sessionStorage.setItem(KEY, key);
  return key;
}

async function send(path, options) {
  const headers = { ...options.headers };
  const key = sessionStorage.getItem(KEY);
  if (key) headers.Authorization = `Bearer ${key}`;
  try {
    return await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Refusal('The server cannot be reached.', 'Is it still running?', 'unreachable');
  }
}

/** The response, which is a good one. */
async function call(path, options = {}) {
  for (;;) {
    const response = await send(path, options);
    if (response.ok) return response;
    const body = await response.json().catch(() => ({}));
    const error = body.error ?? { message: `status ${response.status}` };
    if (response.status === 401 && (await newKey(error.message))) continue;
    throw Refusal.of(error, response.status, response.headers.get('Retry-After'));
  }
}

function json(body, signal) {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), signal };
}

export async function models() {
  return (await (await call('v1/models')).json()).data;
}

/** Uploads a picture: its id and its size. */
export async function upload(blob, model, signal) {
  const form = new FormData();
  if (model) form.append('model', model);
  form.append('image', blob);
  return (await call('v1/images', { method: 'POST', body: form, signal })).json();
}

/** What a stream brings: `{alive}` while nothing is there yet, `{chunk}` for pieces of the answer. */
export async function* stream(path, body, signal) {
  const response = await call(path, json({ ...body, stream: true }, signal));
  let rest = '';
  for await (const piece of pieces(response.body.pipeThrough(new TextDecoderStream()))) {
    rest += piece;
    for (let end; (end = rest.indexOf('\n\n')) >= 0; rest = rest.slice(end + 2)) {
      const event = rest.slice(0, end);
      if (event === 'data: [DONE]') return;
      if (event.startsWith(': ')) {
        yield { alive: JSON.parse(event.slice(2)) };
      } else {
        const chunk = JSON.parse(event.slice('data: '.length));
        if (chunk.error) throw Refusal.of(chunk.error, 500);
        yield { chunk };
      }
    }
  }
  throw new Refusal('The answer broke off.', 'The connection was closed before its end.', 'broken');
}

/** Not every browser iterates over a stream by itself. */
async function* pieces(stream) {
  const reader = stream.getReader();
  try {
    for (let piece; !(piece = await reader.read()).done; ) yield piece.value;
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Refusal('The answer broke off.', 'The connection was lost.', 'broken');
  } finally {
    reader.cancel().catch(() => {});
  }
}
