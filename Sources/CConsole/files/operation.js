// For operators: how this edge does, every two seconds while somebody looks.

import * as edge from './edge.js';
import { bytes, button, confirm, copyable, el, field, number, report, soft, table, time, told, view } from './parts.js';

const percent = (share) => (share === null ? '–' : `${(share * 100).toFixed(1)} %`);
const seconds = (value) => (value === null ? '–'
  : value < 1 ? `${(value * 1000).toPrecision(3)} ms` : `${value.toPrecision(3)} s`);
const rate = (value) => `${value.toPrecision(3)}/s`;

export class Operation {
  #cards = el('div', { class: 'cards', id: 'figures' });
  #word = soft('', { role: 'status' });
  #tables = el('div', {});
  #refusals = el('div', {});
  #tokens = el('div', {});
  #scopes = ['upload', 'read', 'delete', 'admin'].map((value) => el('input', { type: 'checkbox', value }));
  #owner = el('input');
  #days = number();
  #timer;
  #shown = '';

  constructor() {
    this.element = view('Operation', this.#word, this.#cards, this.#tables,
      el('h2', {}, 'Refused uploads'), this.#refusals,
      el('h2', {}, 'Tokens'), this.#tokens,
      el('form', { class: 'row', onsubmit: (event) => { event.preventDefault(); this.#add(); } },
        this.#scopes.map((box) => field(box.value, box, 'check')), field('Owner', this.#owner),
        field('Days', this.#days), el('button', {}, 'Add a token')));
  }

  enter() {
    this.leave();
    this.#ask();
    this.#refused();
    this.#list();
    this.#timer = setInterval(() => { if (!document.hidden) this.#ask(); }, 2000);
  }

  leave() { clearInterval(this.#timer); }

  async #ask() {
    try {
      this.#show(await edge.read('/stats'));
    } catch (error) {
      this.#word.textContent = told(error);
      // Who may not look is not asked to try again every two seconds.
      if (error.status) this.leave();
    }
  }

  #show(stats) {
    const { requests, renditions, uploads, queues, workers, cache, index, connections, disk } = stats;
    const word = `Version ${stats.version}${stats.isDraining ? ', draining' : ''}; `
      + `rates and times are of the last ${Math.round(stats.windowSeconds)} s.`;
    // A status that says the same again is read out again.
    if (word.split(';')[0] !== this.#shown) this.#word.textContent = word;
    this.#shown = word.split(';')[0];
    const cards = {
      Requests: rate(requests.perSecond), Sent: `${bytes(Math.round(requests.bytesPerSecond))}/s`,
      'Hits of asked': percent(renditions.hitRatio), 'Errors (5xx)': rate(requests.errorsPerSecond),
      Uploads: `${uploads.created} new, ${uploads.known} known`,
      'Not taken': `${uploads.rejected + uploads.failed + uploads.aborted}`,
      Waiting: `${queues.small} small, ${queues.large} large, ${queues.background} background`,
      Workers: `${workers.busy} busy, ${workers.idle} idle`, Crashes: workers.crashes,
      Cache: `${bytes(cache.bytes)} of ${bytes(cache.budgetBytes)}${cache.isSuspended ? ', not written' : ''}`,
      Renditions: cache.renditions.toLocaleString(), Pictures: index.images.toLocaleString(),
      Pending: index.pending, Connections: connections.open, 'Disk free': bytes(disk.freeBytes),
      Notifications: `${stats.notifications.waiting} waiting, ${stats.notifications.parked} parked`,
      'Broken bytes': stats.integrityFailures,
    };
    this.#cards.replaceChildren(...Object.entries(cards).map(([name, value]) =>
      el('div', {}, name, el('strong', {}, String(value)))));
    // Who is at a table with the keyboard is not thrown off it.
    if (this.#tables.contains(document.activeElement)) return;
    this.#tables.replaceChildren(
      el('h2', {}, 'Times'),
      table('Times', ['Of', '#Count', '#Median', '#95 %', '#99 %'],
        Object.entries(stats.latencySeconds).map(([name, { count, p50, p95, p99 }]) =>
          [name, String(count), seconds(p50), seconds(p95), seconds(p99)])),
      el('h2', {}, 'Errors'),
      stats.errors.length ? table('Errors', ['Time', 'Status', 'Request', 'What', 'Reason'],
        stats.errors.map((one) =>
          [time(one.time), String(one.status), one.request, `${one.method} ${one.target}`, one.reason]))
        : soft('None is remembered.'));
  }

  async #fill(place, path, body) {
    try { place.replaceChildren(body(await edge.read(path))); } catch (error) { place.replaceChildren(soft(told(error))); }
  }

  #refused() {
    this.#fill(this.#refusals, '/refusals?limit=100', ({ refusals }) => (refusals.length
      ? table('Refused uploads', ['Time', 'Reason', 'Name', 'Owner', 'Request', 'In words'],
        refusals.map((one) => [time(one.time), one.reason, one.name || one.hash?.slice(0, 12) || '–',
          one.owner || '–', one.request || '–', one.detail]))
      : soft('None is remembered.')));
  }

  #list(made) {
    this.#fill(this.#tokens, '/tokens', ({ tokens }) => el('div', {},
      table('Tokens', ['Id', 'May', 'Owner', 'Until', 'Revoke'],
        tokens.map(({ id, scopes, owner, expires }) => [id, scopes.join(', '), owner || '–', time(expires),
          button(`Revoke ${id}`, () => this.#revoke(id))])),
      made ? copyable('token', made).element : null));
  }

  async #add() {
    const scopes = this.#scopes.filter((box) => box.checked).map((box) => box.value);
    const body = { scopes, owner: this.#owner.value || null, expires: this.#days.value * 86400 || null };
    try {
      const answer = await edge.ask('POST', '/tokens', { body: JSON.stringify(body) });
      this.#list((await answer.json()).token);
    } catch (error) { report(error); }
  }

  async #revoke(id) {
    if (!await confirm(`${id} will open nothing.`, 'Revoke')) return;
    try { await edge.ask('DELETE', `/tokens/${id}`); } catch (error) { report(error); }
    this.#list();
  }
}
