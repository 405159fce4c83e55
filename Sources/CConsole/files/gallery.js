// All pictures, newest first. Pages that are far off the screen are emptied and asked for again when
// they come back, so that neither the document nor the memory grows with the number of pictures.

import * as edge from './edge.js';
import {
  bytes, button, choice, confirm, each, el, field, later, say, soft, title, told, view, words,
} from './parts.js';
import { draw } from './thumbhash.js';

const PAGE = 60;

/// A picture to look at and to choose.
export function tile(image, { note, choose } = {}) {
  const name = title(image);
  const canvas = el('canvas', { 'aria-hidden': 'true' });
  if (image.thumbhash) draw(canvas, image.thumbhash);
  const link = edge.thumb(image);
  const face = el('span', { class: 'face' }, canvas);
  if (link && image.status !== 'failed') {
    const picture = el('img', { src: link, alt: '', loading: 'lazy', decoding: 'async' });
    // What can not be had is seen from afar.
    picture.onerror = () => picture.remove();
    face.append(picture);
  }
  if (image.status !== 'ready') face.append(el('span', { class: 'mark' }, image.status));
  const open = el('button', {
    type: 'button', class: 'tile', 'aria-label': `${name}, ${image.width} by ${image.height}${note ? `, ${note}` : ''}`,
    title: `${name}\n${image.width} × ${image.height}, ${bytes(image.bytes)}`,
    onclick: () => { location.hash = `picture/${image.hash}`; },
  }, face, el('span', { class: 'name' }, note ? `${note} · ${name}` : name));
  const item = el('li', {}, open);
  if (choose) {
    const box = el('input', { type: 'checkbox', 'aria-label': `Choose ${name}`, tabIndex: -1 });
    open.tabIndex = -1;
    box.onchange = () => choose(image, item, box.checked);
    item.append(box);
    item.dataset.hash = image.hash;
  }
  return item;
}

/// One page of the list: filled near the screen, an empty box of the same height elsewhere.
class Page {
  list = el('ul', { class: 'page', 'aria-label': 'Pictures' });
  count = null;
  next = null;
  #asking = null;

  constructor(gallery, cursor) { [this.gallery, this.cursor] = [gallery, cursor]; }

  get isFilled() { return this.list.hasChildNodes(); }

  async fill() {
    if (this.isFilled || this.#asking || this.count === 0) return;
    this.#asking = new AbortController();
    try {
      const page = await this.gallery.ask(this.cursor, this.#asking.signal);
      this.list.replaceChildren(...page.images.map((image) => this.gallery.item(image)));
      this.list.style.height = '';
      const isFirst = this.count === null;
      [this.count, this.next] = [page.images.length, page.next];
      if (isFirst) this.gallery.grow(this, page.total);
    } finally {
      this.#asking = null;
    }
  }

  empty() {
    this.#asking?.abort();
    if (!this.isFilled || this.list.contains(document.activeElement)) return;
    this.list.replaceChildren();
    this.size();
  }

  /// As high as it would be.
  size() {
    if (this.isFilled || !this.count) return;
    const style = getComputedStyle(this.list);
    const rows = Math.ceil(this.count / style.gridTemplateColumns.split(' ').length);
    const [row, gap] = [parseFloat(style.gridAutoRows), parseFloat(style.rowGap)];
    this.list.style.height = `${rows * row + (rows - 1) * gap}px`;
  }
}

export class Gallery {
  #pages = [];
  #chosen = new Map();
  #seen = -1;
  #scroll = 0;
  #filters = {
    name: el('input', { type: 'search', maxlength: '1024' }),
    owner: el('input', { type: 'search', maxlength: '256' }),
    tag: el('input', { type: 'search', maxlength: '128' }),
    type: choice([['', 'any'], ...['jpeg', 'png', 'webp', 'gif', 'avif', 'heic', 'jxl', 'tiff']
      .map((word) => [`image/${word}`, word])]),
    status: choice([['', 'any'], 'ready', 'stored', 'processing', 'failed']),
  };
  #sum = soft('', { role: 'status' });
  #list = el('div', { id: 'grid' });
  #bar = el('div', { class: 'bar', role: 'group', 'aria-label': 'Chosen pictures', hidden: true });
  #tag = el('input', { maxlength: '128', 'aria-label': 'Tag for the chosen pictures', placeholder: 'tag' });
  #count = el('span', {});

  constructor() {
    const again = later(300, () => this.#reload());
    const filters = Object.entries(this.#filters).map(([name, control]) => {
      control.addEventListener('input', again);
      return field(name[0].toUpperCase() + name.slice(1), control);
    });
    this.#bar.append(
      this.#count, this.#tag,
      button('Add tag', () => this.#tagAll()),
      button('Delete', () => this.#deleteAll(), { class: 'danger' }),
      button('Choose none', () => this.#chooseNone()));
    this.element = view('Gallery',
      el('form', { class: 'fields', onsubmit: (event) => event.preventDefault() }, filters),
      this.#sum,
      soft('Arrow keys move, Enter opens, x chooses.', { id: 'keys' }),
      this.#list, this.#bar);
    this.#list.addEventListener('keydown', (event) => this.#key(event));
    this.#list.addEventListener('focusin', (event) => this.#rove(event.target.closest('li')));
    this.observer = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const page = this.#pages.find((page) => page.list === entry.target);
        if (!page) continue;
        if (entry.isIntersecting) page.fill().catch((error) => this.#fail(error));
        else if (this.element.isConnected) page.empty();
      }
    }, { rootMargin: '1500px 0px' });
    addEventListener('resize', later(100, () => this.#pages.forEach((page) => page.size())));
  }

  /// Another token sees other pictures.
  forget() { this.#seen = -1; }

  enter() {
    if (this.#seen !== edge.changes) this.#reload();
    else scrollTo(0, this.#scroll);
  }

  leave() { this.#scroll = scrollY; }

  async ask(cursor, signal) {
    const query = new URLSearchParams({ limit: PAGE });
    for (const [name, control] of Object.entries(this.#filters)) {
      if (control.value) query.set(name, control.value);
    }
    if (cursor) query.set('cursor', cursor);
    return edge.read(`/images?${query}`, { signal });
  }

  #reload() {
    this.#seen = edge.changes;
    this.observer.disconnect();
    this.#pages = [];
    this.#list.replaceChildren();
    this.#sum.textContent = 'Asking …';
    this.#chooseNone();
    this.#add(null);
  }

  #add(cursor) {
    const page = new Page(this, cursor);
    this.#pages.push(page);
    this.#list.append(page.list);
    // Before it is filled it has to be seen to come near.
    page.list.style.height = '1px';
    this.observer.observe(page.list);
  }

  /// A page has come for the first time.
  grow(page, total) {
    if (!this.#pages.includes(page)) return;
    if (page.next) this.#add(page.next);
    const count = this.#pages.reduce((sum, page) => sum + (page.count || 0), 0);
    const all = total ?? (page.next ? null : count);
    if (this.#pages[0] === page || all !== null) {
      this.#sum.textContent = all === null ? 'Scroll on for more.'
        : all === 0 ? 'No pictures.' : `${all.toLocaleString()} ${all === 1 ? 'picture' : 'pictures'}`;
    }
    if (!this.#list.querySelector('button[tabindex="0"]')) this.#rove(this.#list.querySelector('li'));
  }

  #fail(error) {
    if (error.name === 'AbortError') return;
    this.#sum.textContent = told(error);
  }

  item(image) {
    const item = tile(image, { choose: (...all) => this.#choose(...all) });
    if (this.#chosen.has(image.hash)) this.#show(item, true);
    return item;
  }

  // Choosing

  #choose(image, item, isChosen) {
    if (isChosen) this.#chosen.set(image.hash, title(image));
    else this.#chosen.delete(image.hash);
    this.#show(item, isChosen);
    this.#showBar();
  }

  #show(item, isChosen) {
    item.classList.toggle('chosen', isChosen);
    item.querySelector('input').checked = isChosen;
  }

  #showBar() {
    this.#bar.hidden = this.#chosen.size === 0;
    this.#count.textContent = `${this.#chosen.size} chosen`;
  }

  #chooseNone() {
    this.#chosen.clear();
    for (const item of this.#list.querySelectorAll('li.chosen')) this.#show(item, false);
    this.#showBar();
  }

  /// Runs `body` for each, and says how it went.
  async #all(verb, body) {
    const failures = [];
    let count = 0;
    await each([...this.#chosen.keys()], 4, async (hash) => {
      try {
        await body(hash);
        count += 1;
        this.#count.textContent = `${count} ${verb} …`;
      } catch (error) { failures.push(told(error)); }
    });
    this.#seen = edge.changes;
    say([`${count} ${verb}.`, failures.length ? `${failures.length} not: ${failures[0]}` : '']
      .filter(Boolean).join(' '));
  }

  async #tagAll() {
    const added = words(this.#tag.value);
    if (!added.length) return this.#tag.focus();
    await this.#all('tagged', async (hash) => {
      const { image, etag } = await edge.document(hash);
      await edge.change(hash, { tags: [...new Set([...image.tags, ...added])] }, etag);
    });
    this.#tag.value = '';
    this.#showBar();
  }

  async #deleteAll() {
    const count = this.#chosen.size;
    const what = count === 1 ? `“${[...this.#chosen.values()][0]}”` : `${count} pictures`;
    if (!await confirm(`Delete ${what}, with all that was made of them? This can not be undone.`, 'Delete')) return;
    await this.#all('deleted', async (hash) => {
      await edge.remove(hash);
      this.#chosen.delete(hash);
      this.#list.querySelector(`li[data-hash="${hash}"]`)?.remove();
    });
    this.#showBar();
    this.#rove(this.#list.querySelector('li'));
    this.#list.querySelector('.tile')?.focus();
  }

  // Keys

  /// One picture is in the order of the Tab key; arrows lead to the others.
  #rove(item) {
    if (!item) return;
    for (const old of this.#list.querySelectorAll('[tabindex="0"]')) old.tabIndex = -1;
    for (const part of item.children) part.tabIndex = 0;
  }

  #key(event) {
    const item = event.target.closest('li');
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    const items = [...this.#list.querySelectorAll('li')];
    const place = items.indexOf(item);
    const columns = getComputedStyle(item.parentElement).gridTemplateColumns.split(' ').length;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns,
      Home: -place, End: items.length - 1 - place };
    if (event.key === 'x') return item.querySelector('input').click();
    if (!(event.key in steps)) return;
    event.preventDefault();
    const to = items[Math.min(items.length - 1, Math.max(0, place + steps[event.key]))];
    to.querySelector('.tile').focus();
  }
}
