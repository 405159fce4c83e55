// One picture: what is known of it, what may be changed, what was made of it, what looks like it.

import * as edge from './edge.js';
import {
  bytes, button, confirm, el, field, number, report, say, soft, table, time, title, told, view, words,
} from './parts.js';
import { tile } from './gallery.js';

const PERCENT = { min: 0, max: 100, step: '0.1', placeholder: 'middle' };

export class Picture {
  element = view('Picture');
  #hash;
  #image;
  #etag;

  constructor(hash) { this.#hash = hash; }

  async enter() {
    try {
      await this.#load();
    } catch (error) {
      this.element.append(el('p', { class: 'bad' }, told(error)));
    }
  }

  async #load() {
    const { image, etag } = await edge.document(this.#hash);
    [this.#image, this.#etag] = [image, etag];
    document.title = `Pollex – ${title(image)}`;
    const similar = el('ul', { class: 'page', 'aria-label': 'Similar pictures' });
    const none = soft('Asking …');
    this.element.replaceChildren(
      el('h1', { id: 'view' }, title(image)),
      el('div', { class: 'sides' }, this.#stage(), el('div', {}, this.#form(), this.#actions(), this.#facts())),
      el('h2', {}, 'Made of it'), this.#renditions(),
      el('h2', {}, 'Similar'), none, similar);
    try {
      const { images } = await edge.read(`/images/${image.hash}/similar?limit=24`);
      none.textContent = images.length ? '' : 'Nothing looks like it.';
      similar.append(...images.map((near) => tile(near.image, { note: `${near.distance} bits off` })));
    } catch (error) { none.textContent = told(error); }
  }

  // The picture, and which point crops keep

  #across = number(PERCENT);
  #down = number(PERCENT);
  #point = el('span', { class: 'point', hidden: true });

  #stage() {
    const image = this.#image;
    const source = image.links.thumbs['1280'] || image.links.thumbs['960'] || image.links.optimized;
    const stage = el('div', { class: 'stage', id: 'stage' });
    if (source && image.status !== 'failed') {
      stage.append(el('img', { src: edge.path(source), alt: title(image) }));
    } else {
      stage.append(soft(image.error || 'No picture can be shown: the edge gives no link for it.'));
    }
    stage.append(this.#point);
    stage.addEventListener('click', (event) => {
      const box = stage.getBoundingClientRect();
      const percent = (from, length) => Math.min(100, Math.max(0, (from / length) * 100)).toFixed(1);
      this.#across.value = percent(event.clientX - box.left, box.width);
      this.#down.value = percent(event.clientY - box.top, box.height);
      this.#mark();
    });
    for (const input of [this.#across, this.#down]) input.oninput = () => this.#mark();
    return el('figure', {}, stage, el('figcaption', {}, 'Click where crops are to keep the picture, then save.'));
  }

  get #focus() {
    const [x, y] = [this.#across.value, this.#down.value];
    return x === '' || y === '' ? null : { x: Number(x) / 100, y: Number(y) / 100 };
  }

  #mark() {
    const focus = this.#focus;
    this.#point.hidden = focus === null;
    if (!focus) return;
    this.#point.style.left = `${focus.x * 100}%`;
    this.#point.style.top = `${focus.y * 100}%`;
  }

  // Changing

  #form() {
    const image = this.#image;
    const name = el('input', { maxlength: '1024', value: image.name || '' });
    const owner = el('input', { maxlength: '256', value: image.owner || '' });
    const tags = el('input', { value: image.tags.join(', '), placeholder: 'separated by commas' });
    if (image.focus) {
      this.#across.value = (image.focus.x * 100).toFixed(1);
      this.#down.value = (image.focus.y * 100).toFixed(1);
    }
    this.#mark();
    const before = JSON.stringify(this.#focus);
    const save = async (event) => {
      event.preventDefault();
      const patch = {};
      if (name.value !== (image.name || '')) patch.name = name.value || null;
      if (owner.value !== (image.owner || '')) patch.owner = owner.value || null;
      if (words(tags.value).join() !== image.tags.join()) patch.tags = words(tags.value);
      if (JSON.stringify(this.#focus) !== before) patch.focus = this.#focus;
      if (!Object.keys(patch).length) return say('Nothing was changed.');
      try {
        await edge.change(image.hash, patch, this.#etag);
        await this.#load();
        say('Saved.');
      } catch (error) {
        if (error.status === 412) say('Somebody else changed it meanwhile. Open it again.');
        else report(error);
      }
    };
    return el('form', { class: 'fields', id: 'edit', onsubmit: save },
      field('Name', name, 'wide'), field('Owner', owner), field('Tags', tags, 'wide'),
      field('Focus across, %', this.#across), field('Focus down, %', this.#down),
      button('No focus', () => {
        this.#across.value = this.#down.value = '';
        this.#mark();
      }),
      el('button', { class: 'main' }, 'Save'));
  }

  #actions() {
    const { hash, links } = this.#image;
    const act = async (question, verb, body) => {
      if (!await confirm(question, verb)) return;
      try { await body(); } catch (error) { report(error); }
    };
    const gone = (receipt, word) => {
      location.hash = 'gallery';
      say(`${word}: ${receipt.originals} original, ${receipt.renditions} renditions, `
        + `${bytes(receipt.originalBytes + receipt.renditionBytes)}.`);
    };
    const name = title(this.#image);
    return el('div', { class: 'row' },
      el('a', { href: `#recipe/${hash}` }, 'Recipe'),
      links.original ? el('a', { href: edge.path(links.original), target: '_blank', rel: 'noopener' }, 'Original') : null,
      button('Purge', () => act(
        `Drop all that was made of “${name}”, and look at its original again?`, 'Purge', async () => {
          const receipt = await edge.purge(hash);
          await this.#load();
          say(`Purged ${receipt.renditions} renditions, ${bytes(receipt.renditionBytes)}; facts: ${receipt.facts}.`);
        })),
      button('Delete', () => act(
        `Delete “${name}”, with all that was made of it? This can not be undone.`, 'Delete',
        async () => gone(await edge.remove(hash), 'Deleted')), { class: 'danger' }),
      button('Block', () => act(
        `Delete “${name}” for every owner, and refuse these bytes from now on?`, 'Block',
        async () => gone(await edge.remove(hash, { block: true }), 'Blocked')), { class: 'danger' }));
  }

  // Looking

  #facts() {
    const image = this.#image;
    const facts = {
      Hash: image.hash, Type: image.type, Bytes: `${bytes(image.bytes)} (${image.bytes.toLocaleString()})`,
      Size: `${image.width} × ${image.height}`, Frames: image.frames, Transparency: image.hasAlpha ? 'yes' : 'no',
      Colours: image.colorSpace, Uploaded: time(image.uploadedAt), Captured: time(image.capturedAt),
      Status: image.status, Error: image.error, 'Main colour': image.dominantColor,
      Owners: image.owners?.map((owner) => owner ?? 'nobody').join(', '), ...image.attributes,
    };
    return el('dl', {}, Object.entries(facts).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [el('dt', {}, name), el('dd', {}, String(value))]));
  }

  #renditions() {
    const { renditions = [], renditionsAreCut, bytes: whole } = this.#image;
    if (!renditions.length) return soft('Nothing that is in the cache now.');
    const rows = renditions.map((one) => [
      one.url ? el('a', { href: edge.path(one.url), target: '_blank', rel: 'noopener' }, one.recipe || 'optimized') : one.recipe,
      one.type, `${one.width} × ${one.height}`, bytes(one.bytes),
      `${((one.bytes / whole) * 100).toPrecision(2)} %`, time(one.createdAt)]);
    return el('div', {},
      table('Renditions', ['Recipe', 'Type', 'Size', '#Bytes', '#Of the original', 'Made'], rows),
      renditionsAreCut ? soft('There are more.') : null);
  }
}
