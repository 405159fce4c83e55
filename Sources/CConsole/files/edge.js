// What is asked of the edge. The token is kept in this module's memory and nowhere else.

let token = '';
export const hasToken = () => token !== '';
export function useToken(text) { token = text; }

/// Counts what this page changed, so that a list knows that it is old.
export let changes = 0;
export function noteChange() { changes += 1; }

/// A refusal in words.
export class Problem extends Error {
  constructor(status, text, requestID, retryAfter) {
    super(text);
    Object.assign(this, { status, requestID, retryAfter });
  }

  static of(status, text, header) {
    let problem = {};
    try { problem = JSON.parse(text); } catch { /* Not of the edge: of what is in front of it. */ }
    const words = [problem.detail || problem.title || `The answer was ${status}.`];
    if (status === 401) words.push('Type a token above.');
    const seconds = header('Retry-After');
    if (seconds) words.push(`Try again in ${seconds} s.`);
    return new Problem(status, words.join(' '), problem.requestID || header('X-Request-Id'), seconds);
  }

  get words() { return this.requestID ? `${this.message} (request ${this.requestID})` : this.message; }
}

const away = () => new Problem(0, 'No answer came: the edge is away, or ended the connection.');

export async function ask(method, path, { body, headers = {}, signal, open } = {}) {
  if (token && !open) headers.Authorization = `Bearer ${token}`;
  let answer;
  try {
    answer = await fetch(path, { method, body, headers, signal, cache: open ? 'no-store' : 'default' });
  } catch (error) {
    throw error.name === 'AbortError' ? error : away();
  }
  if (answer.ok) return answer;
  throw Problem.of(answer.status, await answer.text(), (name) => answer.headers.get(name));
}

export const read = async (path, options) => (await ask('GET', path, options)).json();

/// A document and the entity tag that a change of it is made under.
export async function document(hash) {
  const answer = await ask('GET', `/images/${hash}`);
  return { image: await answer.json(), etag: answer.headers.get('ETag') };
}

export async function change(hash, patch, etag) {
  const headers = { 'Content-Type': 'application/merge-patch+json' };
  if (etag) headers['If-Match'] = etag;
  const answer = await ask('PATCH', `/images/${hash}`, { body: JSON.stringify(patch), headers });
  noteChange();
  return answer;
}

export async function remove(hash, { block } = {}) {
  const answer = await ask('DELETE', `/images/${hash}${block ? '?block=1' : ''}`);
  noteChange();
  return answer.json();
}

export const purge = async (hash) => (await ask('POST', `/images/${hash}/purge`)).json();

/// Links may name the host that pictures are delivered by; this page asks its own.
export function path(link) {
  const url = new URL(link, location.href);
  return url.pathname + url.search;
}

/// The smallest of a document's links that fills a tile.
export function thumb(image) {
  const entries = Object.entries(image.links.thumbs || {});
  const wide = entries.find(([name]) => parseInt(name, 10) >= 300) || entries.at(-1);
  const link = wide ? wide[1] : image.links.optimized;
  return link ? path(link) : null;
}

const LARGE = 8e6;
const TUS = { 'Tus-Resumable': '1.0.0' };

/// One picture. `fetch` says nothing of how far an upload is; this does. A large one can go on.
export function upload(file, query, progress) {
  let [request, place, isStopped] = [];
  const send = (method, target, headers, body, before = 0) => new Promise((resolve, reject) => {
    const stopped = () => reject(new Problem(0, 'Stopped.'));
    if (isStopped) return stopped();
    const sent = request = new XMLHttpRequest();
    sent.open(method, target);
    if (token) headers = { ...headers, Authorization: `Bearer ${token}` };
    for (const field of Object.entries(headers)) sent.setRequestHeader(...field);
    sent.upload.onprogress = (event) => progress(before + event.loaded, file.size);
    sent.onabort = stopped;
    sent.onerror = () => reject(away());
    sent.onload = () => (sent.status < 300 ? resolve(sent)
      : reject(Problem.of(sent.status, sent.responseText, (name) => sent.getResponseHeader(name))));
    sent.send(body);
  });
  const whole = async () => {
    const { status, responseText: text } = await send('POST', `/images?${query}`, {}, file);
    return { isNew: status === 201, image: text ? JSON.parse(text) : null };
  };
  const inPieces = async () => {
    let answer = await send('POST', `/images?${query}`, { ...TUS, 'Upload-Length': file.size });
    place = path(answer.getResponseHeader('Location'));
    for (let failures = 0; ;) {
      try {
        if (failures) answer = await send('HEAD', place, TUS);
        const offset = Number(answer.getResponseHeader('Upload-Offset'));
        if (offset < file.size) {
          answer = await send('PATCH', place, {
            ...TUS, 'Upload-Offset': offset, 'Content-Type': 'application/offset+octet-stream',
          }, file.slice(offset), offset);
        }
        const kept = answer.getResponseHeader('Content-Location');
        if (kept) return { isNew: true, image: await read(kept).catch(() => null) };
      } catch (problem) {
        // 409, 423: a piece is under way.
        if (isStopped || /^4(?!09|23)/.test(problem.status) || failures > 8) throw problem;
        failures += 1;
        await new Promise((goOn) => { setTimeout(goOn, failures * 1000); });
      }
    }
  };
  return {
    done: (file.size > LARGE ? inPieces() : whole()).finally(noteChange),
    stop: () => {
      isStopped = true;
      request.abort();
      if (place) ask('DELETE', place, { headers: { ...TUS } }).catch(() => {});
    },
  };
}
