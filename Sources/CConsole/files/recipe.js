// What can be made of a picture: every option, the result beside the original, and what to copy.

import * as edge from './edge.js';
import { bytes, button, choice, copyable, el, field, later, number, table, title, told, view } from './parts.js';

const FORMATS = ['avif', 'webp', 'jxl', 'jpg', 'png', 'gif'];
const WIDTHS = [320, 640, 960, 1280, 1920, 2560];
const ACCEPT = 'image/avif,image/webp,image/*;q=0.8';

export class Recipe {
  element = view('Recipe');
  #hash;
  #image;
  #asking = null;
  #shown = null;
  #isGated = false;
  #whole = choice([['thumbs', 'in a box'], ['optimized', 'whole, at its own size']]);
  #width = number({ min: 1, max: 16383, value: '640' });
  #height = number({ min: 1, max: 16383 });
  #format = choice([['', 'what the browser likes best'], ...FORMATS]);
  #options = {
    fit: choice([['', 'inside'], 'cover', 'contain', 'fill', 'outside']),
    gravity: choice([['', 'center'], 'north', 'northeast', 'east', 'southeast', 'south', 'southwest', 'west',
      'northwest', 'attention', 'entropy', ['focus', 'the focal point']]),
    enlarge: el('input', { type: 'checkbox' }),
    dpr: choice([['', '1'], '1.5', '2', '2.5', '3', '3.5', '4']),
    background: el('input', { pattern: '[0-9a-fA-F]{6}([0-9a-fA-F]{2})?', placeholder: 'rrggbb', size: 9 }),
    quality: el('input', { pattern: '[1-9][0-9]?|100|auto', placeholder: '1–100, auto', size: 9 }),
    maxbytes: number({ min: 1000, max: 10000000 }),
    rotate: choice([['', '0'], '90', '180', '270']),
    flip: choice([['', 'no'], 'h', 'v', 'hv']),
    blur: number({ min: 0.3, max: 100, step: '0.1' }),
    sharpen: number({ min: 0.3, max: 10, step: '0.1' }),
    trim: number({ min: 1, max: 100 }),
    animated: el('input', { type: 'checkbox' }),
    watermark: el('input', { pattern: '[a-z0-9\\-]{1,32}', size: 9 }),
    preset: el('input', { pattern: '[a-z0-9\\-]{1,32}', size: 9 }),
  };
  /// That only boxes have.
  #ofBoxes = ['fit', 'gravity', 'enlarge', 'dpr'];
  #preview = el('img', { id: 'preview', alt: '' });
  #result = el('figcaption', { id: 'result' });
  #word = el('p', { id: 'word', role: 'status' });
  #address = copyable('URL', '');
  #markup = copyable('picture element', '');
  #set = copyable('srcset', '');
  #formats = el('div', { id: 'formats' });

  constructor(hash) { this.#hash = hash; }

  async enter() {
    try {
      this.#image = (await edge.document(this.#hash)).image;
    } catch (error) {
      this.element.append(el('p', { class: 'bad' }, told(error)));
      return;
    }
    const image = this.#image;
    const { links } = image;
    const original = links.optimized || links.original;
    document.title = `Pollex – recipe of ${title(image)}`;
    this.#preview.alt = `${title(image)} by this recipe`;
    this.#preview.onerror = () => {
      if (this.#preview.src) this.#word.textContent = 'It was made, but this browser can not show the format.';
    };
    const again = later(250, () => this.#show());
    const form = el('form', { class: 'fields', id: 'recipe', oninput: again, onsubmit: (event) => event.preventDefault() },
      field('What', this.#whole), field('Width', this.#width), field('Height', this.#height),
      field('Format', this.#format),
      Object.entries(this.#options).map(([name, control]) =>
        field(name, control, control.type === 'checkbox' ? 'check' : undefined)));
    this.element.replaceChildren(
      el('h1', { id: 'view' }, `Recipe of ${title(image)}`),
      el('p', {}, el('a', { href: `#picture/${image.hash}` }, 'Back to the picture')),
      form, this.#word,
      el('div', { class: 'sides' },
        el('figure', {}, this.#preview, this.#result),
        el('figure', {},
          original ? el('img', { src: edge.path(original), alt: `${title(image)} as it was uploaded` }) : null,
          el('figcaption', {}, `The original: ${image.type}, ${image.width} × ${image.height}, ${bytes(image.bytes)}`))),
      el('h2', {}, 'Formats next to each other'),
      button('Make it in every format', () => this.#compare(), { id: 'compare' }),
      this.#formats,
      el('h2', {}, 'To copy'), this.#address.element, this.#markup.element, this.#set.element);
    await this.#show();
  }

  leave() {
    this.#asking?.abort();
    if (this.#shown) URL.revokeObjectURL(this.#shown);
  }

  // URLs

  get #isBox() { return this.#whole.value === 'thumbs' && (this.#width.value || this.#height.value); }

  #values(more) {
    const values = {};
    for (const [name, control] of Object.entries(this.#options)) {
      if (!this.#isBox && this.#ofBoxes.includes(name)) continue;
      if (control.type === 'checkbox') { if (control.checked) values[name] = '1'; continue; }
      if (control.value) values[name] = control.value;
    }
    if (!/^co/.test(values.fit) || !this.#width.value || !this.#height.value) delete values.gravity; // No crop
    if (values.gravity === 'focus') {
      const focus = this.#image.focus || { x: 0.5, y: 0.5 };
      values.gravity = `${focus.x},${focus.y}`;
    }
    return { ...values, ...more };
  }

  /// Options stand in the order of the alphabet.
  #target({ format = this.#format.value, width = this.#width.value, height = this.#height.value, ...more } = {}) {
    const values = this.#values(more);
    const query = Object.keys(values).sort().map((name) =>
      `${name}=${encodeURIComponent(values[name]).replaceAll('%2C', ',')}`).join('&');
    const place = this.#isBox ? `thumbs/${width}x${height}` : 'optimized';
    return `/${place}/${this.#image.hash}${format ? `.${format}` : ''}${query ? `?${query}` : ''}`;
  }

  /// The URL under which it is answered: with a signature, where this edge asks for one.
  async #url(target, signal) {
    if (!this.#isGated) return target;
    const { url } = await edge.read(
      `/images/${this.#image.hash}/link?target=${encodeURIComponent(target)}`, { signal });
    return url;
  }

  async #fetch(target, signal) {
    const get = async () => edge.ask(
      'GET', edge.path(await this.#url(target, signal)), { signal, open: true, headers: { Accept: ACCEPT } });
    try { return await get(); } catch (error) {
      if (error.status !== 403 || this.#isGated) throw error;
      this.#isGated = true;
      return get();
    }
  }

  /// Makes it, and measures.
  async #made(target, signal) {
    const start = performance.now();
    const answer = await this.#fetch(target, signal);
    const blob = await answer.blob();
    return { answer, blob, milliseconds: performance.now() - start };
  }

  #share(count) { return `${((count / this.#image.bytes) * 100).toPrecision(3)} % of the original`; }

  // What is shown

  async #show() {
    this.#asking?.abort();
    const { signal } = this.#asking = new AbortController();
    for (const name of this.#ofBoxes) this.#options[name].disabled = !this.#isBox;
    this.#width.disabled = this.#height.disabled = this.#whole.value !== 'thumbs';
    this.#word.className = '';
    this.#word.textContent = 'Making it …';
    try {
      const { answer, blob, milliseconds } = await this.#made(this.#target(), signal);
      if (this.#shown) URL.revokeObjectURL(this.#shown);
      this.#word.textContent = '';
      this.#shown = URL.createObjectURL(blob);
      this.#preview.src = this.#shown;
      await this.#preview.decode().catch(() => {});
      const size = this.#preview.naturalWidth
        ? `${this.#preview.naturalWidth} × ${this.#preview.naturalHeight}, ` : '';
      const from = answer.headers.get('Cache-Status')?.includes('hit') ? 'from the cache' : 'made anew';
      this.#result.textContent = `By this recipe: ${blob.type}, ${size}${bytes(blob.size)} `
        + `(${this.#share(blob.size)}), ${from} in ${milliseconds.toFixed(0)} ms`;
      await this.#snippets(signal);
    } catch (error) {
      if (error.name === 'AbortError') return;
      this.#word.className = 'bad';
      this.#word.textContent = told(error);
    }
  }

  async #snippets(signal) {
    const base = new URL(this.#image.links.self, location.href).origin;
    const url = async (more) => new URL(await this.#url(this.#target(more), signal), base).href;
    this.#address.set(await url());
    const steps = this.#isBox ? await this.#steps(url) : [];
    const set = steps.map(([address, width]) => `${address} ${width}w`).join(', ');
    this.#set.set(set ? `srcset="${set}" sizes="100vw"` : 'A whole picture has one size.');
    this.#markup.set(await this.#pictureElement(url));
  }

  /// The same cut in other widths, never beyond the picture's own pixels.
  async #steps(url) {
    const [width, height] = [Number(this.#width.value), Number(this.#height.value)];
    if (!width) return [];
    const most = Math.max(width, this.#image.width);
    const widths = [...new Set([...WIDTHS, width])].filter((one) => one <= most).sort((a, b) => a - b);
    const steps = [];
    for (const one of widths) {
      const high = height ? Math.max(1, Math.round((height * one) / width)) : '';
      steps.push([await url({ width: one, height: high }), one]);
    }
    return steps;
  }

  async #pictureElement(url) {
    const { naturalWidth: width, naturalHeight: height } = this.#preview;
    const isSharp = this.#isBox && !this.#options.dpr.value;
    const sources = [];
    for (const format of ['avif', 'webp']) {
      const twice = isSharp ? `, ${await url({ format, dpr: '2' })} 2x` : '';
      sources.push(`  <source type="image/${format}" srcset="${await url({ format })}${twice}">`);
    }
    const last = await url({ format: this.#image.hasAlpha ? 'png' : 'jpg' });
    const escape = (text) => text.replaceAll('&', '&amp;');
    return ['<picture>', ...sources,
      `  <img src="${last}" width="${width}" height="${height}" alt="">`, '</picture>'].map(escape).join('\n');
  }

  async #compare() {
    const rows = [];
    this.#formats.replaceChildren(el('p', { role: 'status' }, 'Making them …'));
    for (const format of FORMATS) {
      try {
        const { blob, milliseconds } = await this.#made(this.#target({ format }), this.#asking.signal);
        rows.push([blob.type, bytes(blob.size), this.#share(blob.size), `${milliseconds.toFixed(0)} ms`]);
      } catch (error) {
        if (error.name === 'AbortError') break;
        rows.push([format, '–', error.message, '–']);
      }
    }
    this.#formats.replaceChildren(table('Formats', ['Format', '#Bytes', 'Share', '#Time'], rows));
  }
}
