// Keeps an open page true, moves the one slider, reads values out of charts. What a page shows is in its address, so a reload shows the same.

const byId = id => document.getElementById(id);
const live = () => byId('live');
let skew = 0; // the server's clock minus this one's, in ms

// ---- times -------------------------------------------------------------------------------------------------------------------------------
function ago(s) {
  if (s < 5) return 'just now';
  if (s < 60) return `${Math.floor(s)} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)} h ago`;
  return `${Math.floor(s / 86400)} days ago`;
}

function span(s) {
  s = Math.max(0, s);
  const two = n => String(Math.floor(n)).padStart(2, '0');
  if (s < 9.95) return `${s.toFixed(1)} s`;
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  if (s < 360000) return `${Math.floor(s / 3600)} h ${two(s / 60 % 60)} min`;
  return `${Math.floor(s / 86400)} days ${Math.floor(s / 3600 % 24)} h`;
}

function tick() {
  const now = Date.now() + skew;
  for (const time of document.querySelectorAll('time[data-tick]')) {
    const seconds = (now - Date.parse(time.dateTime)) / 1000;
    const text = time.dataset.tick === 'ago' ? ago(seconds) : span(seconds);
    if (time.textContent !== text) time.textContent = text;
  }
}

// ---- taking over what changed ------------------------------------------------------------------------------------------------------------
const key = node => node.nodeType === 1 ? node.id || null : null;

function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || key(old) !== key(fresh)) return old.replaceWith(fresh);
  if (old.nodeType !== 1) { old.nodeValue = fresh.nodeValue; return; }
  if (old.matches('.readout, .reader')) return;                          // belong to this script
  if (old.matches('time[data-tick]') && old.dateTime === fresh.dateTime && old.dataset.tick === fresh.dataset.tick) return;

  for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value && !(name === 'open' && old.nodeName === 'DETAILS')) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !(name === 'open' && old.nodeName === 'DETAILS')) old.removeAttribute(name);
  if (old.nodeName === 'INPUT') {
    if (old.type === 'checkbox') old.checked = fresh.hasAttribute('checked');
    else if (old.type === 'range') old.value = fresh.getAttribute('value');
    return;
  }

  const known = new Map([...old.children].filter(c => c.id).map(c => [c.id, c]));
  let at = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const named = child.nodeType === 1 && child.id ? known.get(child.id) : null;
    if (named && named !== at) { old.insertBefore(named, at); at = named; }
    if (!named && at && key(at) && !fresh.querySelector(`:scope > #${CSS.escape(at.id)}`)) { const gone = at; at = at.nextSibling; gone.remove(); }
    if (!at || (!named && key(at))) { old.insertBefore(child, at); continue; }
    const next = at.nextSibling;
    morph(at, child);
    at = next;
  }
  while (at) { const gone = at; at = at.nextSibling; gone.remove(); }
}

// ---- asking again ------------------------------------------------------------------------------------------------------------------------
let asking = null, timer = 0, lastAnswer = Date.now();

async function refresh() {
  clearTimeout(timer);
  asking?.abort();
  const mine = asking = new AbortController();
  const address = location.pathname + location.search;
  const late = setTimeout(() => mine.abort(), 8000);
  try {
    const answer = await fetch(address, { signal: mine.signal, headers: { Accept: 'text/html' }, cache: 'no-store' });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (mine !== asking || address !== location.pathname + location.search) return; // the reader went on meanwhile
    const fresh = page.getElementById('live');
    if (!answer.ok || !fresh) throw new Error(`status ${answer.status}`);
    const at = Date.parse(page.getElementById('link').dataset.at);
    skew = at - Date.now();
    lastAnswer = Date.now();
    if (live()) { morph(live(), fresh); document.title = page.title; wire(); }
    say(true);
  } catch {
    if (mine !== asking) return;
    say(false);
  } finally {
    clearTimeout(late);
    if (mine === asking) { asking = null; plan(); }
  }
}

function plan() {
  clearTimeout(timer);
  const every = Number(live()?.dataset.refresh);
  if (every && !document.hidden) timer = setTimeout(refresh, every);
}

function say(connected) {
  const link = byId('link');
  link.classList.toggle('on', connected);
  link.classList.toggle('lost', !connected);
  const clock = new Date(lastAnswer + skew).toISOString().slice(11, 19);
  const text = connected ? 'Live' : `No answer from the server. As of ${clock} UTC; trying again`;
  const place = link.querySelector('.link-text');
  if (place.textContent !== text) place.textContent = text;
  link.title = `Rows read at ${clock} UTC`;
}

document.addEventListener('visibilitychange', () => document.hidden ? clearTimeout(timer) : refresh());
window.addEventListener('popstate', refresh);
document.addEventListener('click', event => {
  const link = event.target.closest('a[data-soft]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const address = new URL(link.href);
  for (const name of ['epoch', 'compare']) { const value = new URL(location).searchParams.get(name); if (value) address.searchParams.set(name, value); }
  history.pushState(null, '', address);
  refresh();
});

// ---- the slider --------------------------------------------------------------------------------------------------------------------------
let epochs = [], blank = '', source = '', playing = 0;

let chosen = '';

// What is new in the page since the script last looked: the job in hand, the addresses of samples.
function wire() {
  const row = document.querySelector('#job-list tr.chosen'), list = byId('job-list');
  if (row && row.id !== chosen) {
    chosen = row.id;
    const [at, box] = [row.getBoundingClientRect(), list.getBoundingClientRect()];
    if (at.top < box.top + 40 || at.bottom > box.bottom) list.scrollTop += at.top - box.top - list.clientHeight / 2;
  }

  const data = byId('samples-data')?.textContent ?? '';
  if (data === source) return;
  source = data;
  ({ epochs, blank } = data ? JSON.parse(data) : { epochs: [], blank: '' });
  warm(Number(byId('epoch')?.value));
}

// Neighbours are fetched ahead, so that a step shows at once.
const warmed = new Map();
function warm(number) {
  const place = epochs.findIndex(e => e.number === number);
  for (const e of epochs.slice(Math.max(0, place - 3), place + 7)) {
    for (const url of Object.values(e.urls)) if (!warmed.has(url)) { const image = new Image(); image.src = url; warmed.set(url, image); }
  }
  if (warmed.size > 600) warmed.clear();
}

function address(change) {
  const url = new URL(location);
  for (const [name, value] of Object.entries(change)) value === null ? url.searchParams.delete(name) : url.searchParams.set(name, value);
  history.replaceState(null, '', url);
}

function show(number) {
  const slider = byId('epoch');
  if (!slider || !epochs.length) return;
  const e = epochs.findLast(x => x.number <= number) ?? epochs[0], last = epochs.at(-1).number;
  const text = e.number === 0 ? `base, of ${last} epochs` : `epoch ${e.number} of ${last}`;
  slider.value = number;
  slider.setAttribute('aria-valuetext', text);
  byId('epoch-text').textContent = text;
  for (const image of document.querySelectorAll('#wall img[data-sample]')) {
    const url = e.urls[image.dataset.sample] ?? blank;
    if (image.getAttribute('src') !== url) image.src = url;
    image.alt = image.alt.replace(/, (base|epoch).*$/, `, ${text}`);
  }
  for (const tag of document.querySelectorAll('#wall [data-tag="now"]')) tag.textContent = e.number === 0 ? 'base' : `epoch ${e.number}`;
  for (const chart of document.querySelectorAll('figure.chart')) mark(chart, e.number);
  address({ epoch: e.number === last ? null : e.number }); // at the end it follows new epochs
  warm(e.number);
}

function go(by) {
  const now = Number(byId('epoch').value), place = epochs.findLastIndex(e => e.number <= now) + by;
  show(epochs[Math.min(epochs.length - 1, Math.max(0, place))].number);
}

function play(on) {
  clearInterval(playing);
  playing = 0;
  const button = document.querySelector('[data-do="play"]');
  if (on && epochs.length > 1) {
    if (Number(byId('epoch').value) >= epochs.at(-1).number) show(epochs[0].number);
    playing = setInterval(() => { go(1); if (Number(byId('epoch').value) >= epochs.at(-1).number) play(false); }, 450);
  }
  if (button) { button.textContent = playing ? '❚❚' : '▶'; button.setAttribute('aria-pressed', String(!!playing)); }
}

document.addEventListener('input', event => {
  if (event.target.id === 'epoch') { play(false); show(Number(event.target.value)); }
  if (event.target.id === 'compare') {
    byId('wall').classList.toggle('compare', event.target.checked);
    address({ compare: event.target.checked ? '1' : null });
  }
});
document.addEventListener('submit', event => { if (event.target.id === 'slider') event.preventDefault(); });
document.addEventListener('click', event => {
  const what = event.target.closest('[data-do]')?.dataset.do;
  if (what === 'play') play(!playing);
  if (what === 'back' || what === 'on') { play(false); go(what === 'on' ? 1 : -1); }
});
document.addEventListener('keydown', event => {
  if (!epochs.length || event.altKey || event.ctrlKey || event.metaKey || event.target.closest('input, select, textarea, button, a, summary, [tabindex="0"]')) return;
  if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') { event.preventDefault(); play(false); go(event.key === 'ArrowRight' ? 1 : -1); }
  if (event.key === ' ') { event.preventDefault(); play(!playing); }
});

// ---- charts ------------------------------------------------------------------------------------------------------------------------------
const curves = chart => JSON.parse(chart.querySelector('.data').textContent); // [{ label, points: [[step, x, y, text]] }]

function scale(chart, step) {
  const { low, high, left, right } = chart.dataset;
  return +left + (Math.min(+high, Math.max(+low, step)) - low) / (high - low) * (right - left);
}

function mark(chart, step) {
  const x = scale(chart, step), marker = chart.querySelector('.marker');
  marker.setAttribute('x1', x);
  marker.setAttribute('x2', x);
  curves(chart).forEach((curve, index) => {
    const point = curve.points.findLast(p => p[0] <= step);
    chart.querySelector(`.legend [data-curve="${index}"]`).textContent = point ? point[3] : '–';
    const here = chart.querySelector(`.here[data-curve="${index}"]`);
    if (!here) return;
    here.style.display = point ? '' : 'none';
    if (point) { here.setAttribute('cx', point[1]); here.setAttribute('cy', point[2]); }
  });
}

document.addEventListener('pointermove', event => {
  const plot = event.target.closest?.('.plot');
  for (const open of document.querySelectorAll('.plot.reading')) if (open !== plot) open.classList.remove('reading');
  if (!plot) return;
  const chart = plot.closest('.chart'), picture = plot.querySelector('svg'), box = picture.getBoundingClientRect(), view = picture.viewBox.baseVal;
  const x = (event.clientX - box.left) / box.width * view.width, all = curves(chart);
  const steps = all.flatMap(c => c.points);
  if (!steps.length) return;
  const nearest = steps.reduce((best, p) => Math.abs(p[1] - x) < Math.abs(best[1] - x) ? p : best);
  const reader = plot.querySelector('.reader'), readout = plot.querySelector('.readout');
  reader.setAttribute('x1', nearest[1]);
  reader.setAttribute('x2', nearest[1]);
  readout.replaceChildren(...[`epoch ${nearest[0]}`, ...all.map(c => { const p = c.points.findLast(q => q[0] <= nearest[0]); return `${c.label}  ${p ? p[3] : '–'}`; })]
    .map((line, index) => Object.assign(document.createElement('div'), { textContent: line, className: index ? `s${(index - 1) % 6}` : 'head' })));
  const left = nearest[1] / view.width * box.width;
  readout.classList.toggle('flip', left > box.width * 0.6);
  readout.style.left = `${left}px`;
  plot.classList.add('reading');
});

// ---- start -------------------------------------------------------------------------------------------------------------------------------
const made = Date.parse(byId('link')?.dataset.at ?? '');
if (made) skew = Math.abs(made - Date.now()) > 5000 ? made - Date.now() : 0;
wire();
setInterval(tick, 1000);
tick();
if (live()) { say(true); plan(); }
