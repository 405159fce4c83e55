// What views are made of. Text becomes text nodes, never markup.

export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key in element && typeof value !== 'string') element[key] = value;
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const button = (text, onclick, more = {}) => el('button', { type: 'button', onclick, ...more }, text);

export const soft = (text, more = {}) => el('p', { class: 'soft', ...more }, text);

export const view = (heading, ...children) =>
  el('section', { 'aria-labelledby': 'view' }, el('h1', { id: 'view' }, heading), ...children);

let silence;
export function say(text) {
  const status = document.getElementById('status');
  status.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => { status.textContent = ''; }, 8000);
}

export const told = (error) => error.words || String(error);

/// What was refused is said; what was given up is not.
export function report(error) {
  if (error.name !== 'AbortError') say(told(error));
}

export function bytes(count) {
  if (count < 1000) return `${count} B`;
  for (const unit of ['kB', 'MB', 'GB', 'TB']) {
    count /= 1000;
    if (count < 999.5) return `${count.toPrecision(3)} ${unit}`;
  }
  return `${Math.round(count)} TB`;
}

export const time = (text) => (text ? new Date(text).toLocaleString() : '–');

export const title = (image) => image.name || image.hash.slice(0, 12);

/// A labelled control.
export function field(text, control, kind) {
  control.name = text.toLowerCase();
  return kind === 'check'
    ? el('label', { class: 'check' }, control, text)
    : el('label', { class: kind }, text, control);
}

export function choice(values, attributes = {}) {
  return el('select', attributes, values.map((value) => {
    const [key, text] = Array.isArray(value) ? value : [value, value];
    return el('option', { value: key }, text);
  }));
}

export const number = (attributes) => el('input', { type: 'number', ...attributes });

/// Comma-separated, blanks around a word are not of it.
export const words = (text) => text.split(',').map((word) => word.trim()).filter(Boolean);

export function copyable(label, text) {
  const shown = el('pre', { tabIndex: 0, 'aria-label': label }, text);
  const copy = button(`Copy ${label}`, async () => {
    try {
      await navigator.clipboard.writeText(shown.textContent);
      say(`${label} copied.`);
    } catch {
      getSelection().selectAllChildren(shown);
      say('The browser keeps the clipboard to itself. The text is selected: copy it by hand.');
    }
  });
  return { element: el('div', {}, shown, copy), set: (value) => { shown.textContent = value; } };
}

/// Whether it was meant.
export function confirm(text, verb) {
  return new Promise((resolve) => {
    const close = (answer) => { dialog.close(); dialog.remove(); resolve(answer); };
    const dialog = el('dialog', { 'aria-label': verb, oncancel: () => close(false) },
      el('p', {}, text),
      el('div', { class: 'row' },
        button(verb, () => close(true), { class: 'danger' }),
        button('Cancel', () => close(false), { autofocus: true })));
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function later(milliseconds, body) {
  let timer;
  return () => { clearTimeout(timer); timer = setTimeout(body, milliseconds); };
}

/// At most so many at once.
export async function each(items, limit, body) {
  const rest = [...items];
  await Promise.all(Array.from({ length: limit }, async () => {
    while (rest.length) await body(rest.shift());
  }));
}

export function table(caption, heads, rows) {
  const isNumber = heads.map((head) => head.startsWith('#'));
  const cells = (row, name) => row.map((cell, place) =>
    el(name, { class: isNumber[place] ? 'number' : null, scope: name === 'th' ? 'col' : null }, cell));
  return el('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': caption }, el('table', {},
    el('thead', {}, el('tr', {}, cells(heads.map((head) => head.replace('#', '')), 'th'))),
    el('tbody', {}, rows.map((row) => el('tr', {}, cells(row, 'td'))))));
}
