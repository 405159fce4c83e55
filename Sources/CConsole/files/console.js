// The way between views: `#gallery`, `#upload`, `#operation`, `#picture/<hash>`, `#recipe/<hash>`.

import * as edge from './edge.js';
import { Gallery } from './gallery.js';
import { Operation } from './operation.js';
import { Picture } from './picture.js';
import { Recipe } from './recipe.js';
import { Upload } from './upload.js';
import { say } from './parts.js';

const main = document.getElementById('main');
// What has been typed, queued or scrolled to stays while somebody looks at something else.
const gallery = new Gallery();
const upload = new Upload();
const operation = new Operation();
let shown = null;

const views = {
  gallery: () => gallery,
  upload: () => upload,
  operation: () => operation,
  picture: (hash) => new Picture(hash),
  recipe: (hash) => new Recipe(hash),
};

function show() {
  const [word, rest] = location.hash.slice(1).split('/');
  const name = Object.hasOwn(views, word) ? word : 'gallery';
  const view = views[name](rest || '');
  if (shown?.leave) shown.leave();
  const isFirst = shown === null;
  shown = view;
  main.replaceChildren(view.element);
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === `#${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `Pollex – ${main.querySelector('h1')?.textContent || 'Console'}`;
  if (view !== gallery) scrollTo(0, 0);
  if (!isFirst) main.focus({ preventScroll: true });
  view.enter?.();
}

document.getElementById('access').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = document.getElementById('token');
  edge.useToken(field.value.trim());
  // It is in memory now; what the field shows is only that there is one.
  field.placeholder = edge.hasToken() ? 'in use' : 'none';
  field.value = '';
  say(edge.hasToken() ? 'The token is used until this page is closed.' : 'No token is used.');
  gallery.forget();
  show();
});

addEventListener('hashchange', show);
show();
