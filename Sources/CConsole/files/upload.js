// Pictures in: dropped, pasted or chosen, three at a time.

import * as edge from './edge.js';
import { bytes, button, el, field, say, soft, title, view, words } from './parts.js';

const AT_ONCE = 3;

export class Upload {
  #waiting = [];
  #running = 0;
  #owner = el('input', { maxlength: '256' });
  #tags = el('input', { maxlength: '1024', placeholder: 'separated by commas' });
  #queue = el('ul', { class: 'queue', id: 'queue', 'aria-label': 'Uploads' });
  #sum = soft('', { role: 'status' });
  #good = 0;
  #bad = 0;

  constructor() {
    const files = el('input', { id: 'files', type: 'file', multiple: true, accept: 'image/*', onchange: () => {
      this.#take(files.files);
      files.value = '';
    } });
    const zone = el('div', { class: 'drop', id: 'drop' },
      el('p', {}, 'Drop pictures here, paste them, or choose them.'),
      el('label', { for: 'files' }, 'Pictures'), files);
    for (const kind of ['dragenter', 'dragover']) {
      zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add('over'); });
    }
    zone.addEventListener('dragleave', () => zone.classList.remove('over'));
    zone.addEventListener('drop', (event) => {
      event.preventDefault();
      zone.classList.remove('over');
      this.#take(event.dataTransfer.files);
    });
    this.element = view('Upload',
      el('div', { class: 'fields' },
        field('Owner', this.#owner), field('Tags', this.#tags, 'wide')),
      zone, this.#sum, this.#queue);
    document.addEventListener('paste', (event) => {
      if (this.element.isConnected && event.clipboardData.files.length) {
        event.preventDefault();
        this.#take(event.clipboardData.files);
      }
    });
    // A picture that misses the zone would be opened instead of the page.
    for (const kind of ['dragover', 'drop']) {
      document.addEventListener(kind, (event) => event.preventDefault());
    }
  }

  #take(files) {
    for (const file of files) this.#add(file);
    if (files.length) say(files.length === 1 ? 'One picture taken.' : `${files.length} pictures taken.`);
    this.#next();
  }

  #add(file) {
    const query = new URLSearchParams({ name: file.name });
    if (this.#owner.value) query.set('owner', this.#owner.value);
    if (words(this.#tags.value).length) query.set('tags', words(this.#tags.value).join(','));
    const bar = el('progress', { max: 1, value: 0, 'aria-label': `Progress of ${file.name}` });
    const entry = { file, query, bar, word: el('span'), sending: null };
    entry.button = button('', () => this.#press(entry));
    this.#queue.prepend(el('li', {}, el('span', { class: 'name' }, file.name), entry.button, bar, entry.word));
    this.#wait(entry);
  }

  #wait(entry) {
    const { file, bar, button } = entry;
    bar.hidden = false;
    this.#tell(entry, 'soft', `${bytes(file.size)}, waiting`);
    button.textContent = 'Stop';
    button.setAttribute('aria-label', `Stop ${file.name}`);
    this.#waiting.push(entry);
  }

  #tell({ word }, kind, text) {
    word.className = `word ${kind}`;
    word.textContent = text;
  }

  /// Stops what waits or runs; what was refused is tried again.
  #press(entry) {
    if (entry.sending) return entry.sending.stop();
    const place = this.#waiting.indexOf(entry);
    if (place >= 0) {
      this.#waiting.splice(place, 1);
      return this.#end(entry, new edge.Problem(0, 'Stopped.'));
    }
    this.#bad -= 1;
    this.#wait(entry);
    this.#next();
  }

  #next() {
    while (this.#running < AT_ONCE && this.#waiting.length) this.#send(this.#waiting.shift());
    const left = this.#waiting.length + this.#running;
    this.#sum.textContent = this.#good + this.#bad + left
      ? `${this.#good} stored, ${this.#bad} not, ${left} to go.` : '';
  }

  async #send(entry) {
    this.#running += 1;
    entry.sending = edge.upload(entry.file, entry.query, (sent, all) => {
      entry.bar.value = all ? sent / all : 0;
      entry.word.textContent = sent < all
        ? `${bytes(sent)} of ${bytes(all)}` : `${bytes(all)} sent, being looked at`;
    });
    try {
      const { isNew, image } = await entry.sending.done;
      this.#good += 1;
      entry.bar.hidden = true;
      this.#tell(entry, 'good', isNew ? 'Stored.' : 'Known already.');
      if (image) {
        const link = el('a', { href: `#picture/${image.hash}` }, `Open ${title(image)}`);
        entry.button.replaceWith(link);
        entry.word.textContent += ` ${image.width} × ${image.height}, ${bytes(image.bytes)}`;
      } else {
        entry.button.remove();
      }
    } catch (problem) {
      this.#end(entry, problem);
    }
    this.#running -= 1;
    this.#next();
  }

  #end(entry, problem) {
    this.#bad += 1;
    entry.sending = null;
    entry.bar.hidden = true;
    this.#tell(entry, 'bad', problem.words);
    entry.button.textContent = 'Try again';
    entry.button.setAttribute('aria-label', `Try ${entry.file.name} again`);
    this.#next();
  }
}
