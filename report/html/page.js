'use strict';
(() => {
  const byId = id => document.getElementById(id);
  const states = ['fail', 'unknown', 'warn', 'suppressed', 'skip', 'pass']; // the worst first
  const severities = ['high', 'medium', 'low'];
  const totals = [...document.querySelectorAll('.totals button')];
  const symbols = Object.fromEntries(totals.map(b => [b.dataset.state, b.firstElementChild.textContent]));
  const steps = [...document.querySelectorAll('button.step')];
  const step = 100; // rows added at once: more would make the page slow

  // The data of the page: findings in the order of all reports, then sorted by severity.
  const accounts = [], findings = [], regions = new Set(), files = new Map();
  for (const node of byId('data').children) {
    const {account, name, owner, none, state, check, region, type, severity, step: first, file} = node.dataset;
    if (account !== undefined) {
      accounts.push({id: account, name, label: name ? account + ' ' + name : account, group: owner === undefined ? 'Other accounts' : 'Owners'});
      continue;
    }
    const of = accounts.at(-1);
    if (none !== undefined) {
      of.empty = true;
      continue;
    }
    const row = file || of.id; // of the files and the accounts whose subjects no file declares
    if (!files.has(row)) files.set(row, file ? {id: file, name: '', label: file, group: 'Files'} : {...of, group: 'Not in the code'});
    findings.push({node, state, check, region, first, account: of, file: files.get(row), rank: states.indexOf(state) * severities.length + severities.indexOf(severity)});
    regions.add(region);
    if (state !== 'skip' && ['lifecycle-policy', 'execution-role', 'ecr-repository'].includes(type)) {
      of.group = 'Owners';
    } else if (type === 'destination-account' && of.group !== 'Owners') {
      of.group = 'Destinations';
    }
  }
  findings.sort((a, b) => a.rank - b.rank); // stable
  const groups = ['Owners', 'Destinations', 'Other accounts'];
  accounts.sort((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group));
  const fileRows = [...files.values()].sort((a, b) => (a.group > b.group) - (a.group < b.group) || (a.id > b.id) - (a.id < b.id));
  const byFile = () => byId('rows')?.value === '';

  const checks = [...byId('check').options].slice(1).map(o => ({id: o.value, title: o.title, ...o.dataset}));
  byId('account').append(...accounts.map(a => new Option(a.label.slice(0, 80), a.id)));
  byId('region').append(...[...regions].sort().map(r => new Option(r.slice(0, 80) || 'no Region', r || '-')));

  // Creates an element.
  function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  // The searched text: everything in a finding except field names and links. The report
  // escapes these six characters.
  const escapes = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;', '+': '&#43;'};
  const words = f => f.words ??= f.node.textContent.split('<dt>Links', 1)[0].replace(/<(?:dt|button [^>]*)>[^<]*|<[^>]*>/g, ' ').toLowerCase();

  // Preparing the text of ten thousand findings takes a tenth of a second, so it is done before the first key press.
  let ready = 0;
  function prepare(deadline) {
    while (ready < findings.length && deadline.timeRemaining() > 1) words(findings[ready++]);
    if (ready < findings.length) requestIdleCallback(prepare);
  }
  if (window.requestIdleCallback) requestIdleCallback(prepare);

  const pressed = new Set();
  let shown = findings;
  let first = ''; // the step whose findings are shown
  let opened = ''; // the finding that was opened last

  const fields = ['account', 'region', 'check', 'text', 'rows'].filter(id => byId(id));

  // The fragment of the URL holds the filters, the search and the open finding, so that a link or a
  // bookmark leads to the same view.
  function save() {
    const state = new URLSearchParams();
    if (pressed.size) state.set('state', states.filter(s => pressed.has(s)).join(' '));
    for (const id of fields) if (byId(id).value) state.set(id, byId(id).value);
    if (first) state.set('step', first);
    if (opened) state.set('finding', opened);
    if (state.toString() !== location.hash.slice(1)) history.replaceState(null, '', '#' + state);
  }

  function restore() {
    const state = new URLSearchParams(location.hash.slice(1));
    pressed.clear();
    for (const s of (state.get('state') ?? '').split(' ')) if (states.includes(s)) pressed.add(s);
    for (const id of fields) {
      byId(id).value = state.get(id) ?? '';
      if (byId(id).selectedIndex === -1) byId(id).value = ''; // the report has changed
    }
    first = steps.some(b => b.dataset.step === state.get('step')) ? state.get('step') : '';
    opened = /^[0-9a-f]{32}$/.test(state.get('finding')) ? state.get('finding') : '';
    press();
    filter();
    const found = byId('list').querySelector('.finding[open]');
    if (found) {
      found.firstElementChild.focus({preventScroll: true});
      found.firstElementChild.scrollIntoView({block: 'center'});
    }
  }

  // Shows which buttons are pressed.
  function press() {
    for (const b of totals) b.setAttribute('aria-pressed', pressed.has(b.dataset.state));
    for (const b of steps) b.setAttribute('aria-pressed', b.dataset.step === first);
  }

  function filter() {
    const {account, region, check} = Object.fromEntries(['account', 'region', 'check'].map(id => [id, byId(id).value]));
    const terms = byId('text').value.toLowerCase().split(/\s+/).filter(Boolean).map(t => t.replace(/[&<>"'+]/g, c => escapes[c]));
    const all = !pressed.size && !account && !region && !check && !first && !terms.length;
    shown = all ? findings : findings.filter(f =>
      (!pressed.size || pressed.has(f.state)) &&
      (!account || f.account.id === account) &&
      (!region || (f.region || '-') === region) &&
      (!check || f.check === check) &&
      (!first || f.first === first) &&
      terms.every(t => words(f).includes(t)));
    draw();
    save();
  }

  function draw() {
    drawMatrix(step);
    const at = opened ? shown.findIndex(f => f.node.textContent.includes(`data-id="${opened}"`)) : -1;
    if (at < 0) opened = '';
    fill(byId('list'), byId('more-findings'), shown, Math.max(step, Math.ceil((at + 1) / step) * step));
    if (at >= 0) byId('list').children[at].open = true;
    const of = new Set(shown.map(f => f.account)).size;
    byId('shown').textContent = `${shown.length} of ${findings.length} findings, in ${of} of ${accounts.length} accounts`;
  }

  // Shows findings collapsed, with a button that shows the next ones.
  function fill(list, more, all, upTo) {
    list.innerHTML = all.slice(0, upTo).map(f => f.node.textContent).join('');
    for (const d of list.children) d.open = false;
    more.hidden = all.length <= upTo;
    more.textContent = `Show ${Math.min(step, all.length - upTo)} more of ${all.length - upTo}`;
    more.onclick = () => {
      fill(list, more, all, upTo + step);
      list.children[upTo].firstElementChild.focus();
    };
  }

  function drawMatrix(upTo) {
    const table = byId('matrix');
    const cells = new Map(); // findings by row, by check
    const column = byFile() ? 'file' : 'account';
    for (const f of shown) {
      let row = cells.get(f[column]);
      if (!row) cells.set(f[column], row = new Map());
      if (row.has(f.check)) row.get(f.check).push(f);
      else row.set(f.check, [f]);
    }
    const rows = (byFile() ? fileRows : accounts).filter(a => cells.has(a) || (a.empty && shown === findings));
    const left = new Set(shown.map(f => f.check));
    const columns = checks.filter(c => shown === findings || left.has(c.id));

    byId('overview-heading').textContent = byFile() ? 'Files and checks' : 'Accounts and checks';
    const above = make('tr', {}, make('td', {}));
    const names = make('tr', {}, make('th', {scope: 'col', textContent: byFile() ? 'File' : 'Account'}));
    for (const c of columns) {
      if (above.lastChild.textContent === c.group && c.group) above.lastChild.colSpan++;
      else above.append(make('th', {scope: 'colgroup', colSpan: 1, textContent: c.group}));
      names.append(make('th', {scope: 'col', title: c.id + ': ' + c.title}, make('span', {textContent: c.name})));
    }
    table.replaceChildren(make('thead', {}, above, names));

    let body, group;
    for (const a of rows.slice(0, upTo)) {
      if (a.group !== group) {
        group = a.group;
        body = table.appendChild(make('tbody', {}));
        body.append(make('tr', {className: 'group'}, make('th', {scope: 'rowgroup', colSpan: columns.length + 1},
          make('span', {textContent: `${group} (${rows.filter(r => r.group === group).length})`}))));
      }
      const row = body.appendChild(make('tr', {}, make('th', {scope: 'row', title: a.label.slice(0, 200)}, make('span', {textContent: a.id}), make('small', {textContent: a.name}))));
      if (a.empty) {
        row.append(make('td', {className: 'none', colSpan: columns.length, textContent: 'no findings: nothing to check was found in this account'}));
        continue;
      }
      for (const c of columns) {
        const of = cells.get(a).get(c.id); // the worst first
        row.append(of ? make('td', {}, cell(a, c, of)) : make('td', {className: 'none', title: 'nothing to check'}, make('span', {ariaHidden: 'true', textContent: '·'})));
      }
    }
    const first = table.querySelector('button');
    if (first) first.tabIndex = 0;
    const more = byId('more-accounts');
    more.hidden = rows.length <= upTo;
    more.textContent = `Show ${Math.min(step, rows.length - upTo)} more of ${rows.length - upTo} ${byFile() ? 'files' : 'accounts'}`;
    more.onclick = () => {
      drawMatrix(upTo + step);
      table.querySelectorAll('tr:not(.group)')[upTo + 2].querySelector('button')?.focus();
    };
    byId('overview').hidden = !rows.length;
  }

  function cell(account, check, of) {
    const worst = of[0].state, n = of.filter(f => f.state === worst).length;
    const button = make('button', {type: 'button', className: 'state ' + worst, tabIndex: -1},
      make('span', {className: 'symbol', textContent: symbols[worst]}), make('span', {className: 'word', textContent: worst}));
    const count = of.length === 1 ? '' : n === of.length ? ' ×' + n : ` ${n}/${of.length}`;
    if (count) button.append(make('small', {textContent: count}));
    button.setAttribute('aria-label', `${worst}${count}, ${check.id}, ${account.label.slice(0, 80)}`);
    button.setAttribute('aria-haspopup', 'dialog');
    button.onclick = () => open(button, account, check, of);
    return button;
  }

  function open(from, account, check, of) {
    const panel = byId('panel');
    byId('panel-heading').textContent = check.id;
    byId('panel-title').textContent = `${account.label} · ${of.length === 1 ? '1 finding' : of.length + ' findings'}`;
    fill(byId('panel-list'), byId('more-panel'), of, step);
    byId('panel-list').firstElementChild.open = true;
    from.focus(); // where the dialog returns the focus to; Safari does not focus a button that is clicked
    panel.showModal();
    panel.scrollTop = 0;
    byId('panel-heading').focus();
  }
  byId('panel').onclose = () => {
    if (!byId('list').querySelector(`.finding[open][data-id="${opened}"]`)) opened = '';
    save();
  };
  byId('close').onclick = () => byId('panel').close();
  byId('panel').onclick = event => { // a click beside the panel closes it
    if (event.target === byId('panel') && event.clientX < byId('panel').offsetLeft) byId('panel').close();
  };

  // The Tab key stops once in the matrix; the arrow keys move in it.
  byId('matrix').onkeydown = event => {
    const at = event.target.closest('td');
    if (!at || event.altKey || event.metaKey) return;
    const row = at.parentElement, rows = [...byId('matrix').querySelectorAll('tr')];
    const buttons = event.ctrlKey ? [...byId('matrix').querySelectorAll('button')] : [...row.querySelectorAll('button')];
    const column = rows.map(r => r.cells[at.cellIndex]?.querySelector('button')).filter(Boolean);
    const go = {
      ArrowLeft: () => buttons[buttons.indexOf(event.target) - 1],
      ArrowRight: () => buttons[buttons.indexOf(event.target) + 1],
      ArrowUp: () => column[column.indexOf(event.target) - 1],
      ArrowDown: () => column[column.indexOf(event.target) + 1],
      Home: () => buttons[0],
      End: () => buttons.at(-1),
    }[event.key];
    if (!go) return;
    event.preventDefault();
    go()?.focus();
  };
  byId('matrix').addEventListener('focusin', event => {
    if (event.target.tagName !== 'BUTTON') return;
    for (const b of byId('matrix').querySelectorAll('button[tabindex="0"]')) b.tabIndex = -1;
    event.target.tabIndex = 0;
  });

  // A click, or a key, on the summary of a finding opens or closes it.
  document.addEventListener('click', event => {
    const finding = event.target.closest('.finding > summary')?.parentElement;
    if (!finding) return;
    if (!finding.open) opened = finding.dataset.id;
    else if (opened === finding.dataset.id) opened = '';
    save();
  });

  // The copied text is the visible text: the report has escaped invisible characters.
  document.addEventListener('click', async event => {
    const button = event.target.closest('.copy');
    if (!button) return;
    const commands = button.nextElementSibling;
    try {
      await navigator.clipboard.writeText(commands.textContent);
      announce(button, 'Copied');
    } catch { // the clipboard requires a file or HTTPS
      getSelection().selectAllChildren(commands);
      announce(button, 'Selected: press Ctrl+C');
    }
  });
  function announce(button, text) {
    const say = text => { // while the panel is open, screen readers read only the panel
      for (const e of document.querySelectorAll('.announce')) e.textContent = text;
    };
    button.textContent = text;
    say(text);
    setTimeout(() => {
      button.textContent = 'Copy';
      say('');
    }, 2000);
  }

  for (const b of totals) {
    b.disabled = false;
    b.onclick = () => {
      if (!pressed.delete(b.dataset.state)) pressed.add(b.dataset.state);
      press();
      filter();
    };
  }
  for (const b of steps) {
    b.hidden = false;
    b.onclick = () => {
      first = first === b.dataset.step ? '' : b.dataset.step;
      press();
      filter();
      if (first) byId('filters').scrollIntoView();
    };
  }
  const filters = byId('filters');
  filters.hidden = false;
  filters.oninput = filter;
  filters.onsubmit = event => event.preventDefault();
  byId('clear').onclick = () => {
    filters.reset();
    pressed.clear();
    first = opened = '';
    press();
    filter();
  };

  // On paper: all findings that match the filters, with the problems expanded.
  addEventListener('beforeprint', () => {
    drawMatrix(Infinity);
    fill(byId('list'), byId('more-findings'), shown, Infinity);
    const collapsed = ['skip', 'pass'];
    shown.forEach((f, i) => { byId('list').children[i].open = !collapsed.includes(f.state); });
    for (const d of document.querySelectorAll('.coverage details')) d.open = true;
  });
  addEventListener('afterprint', draw);

  if (byId('rows')) byId('rows').onchange = filter;

  // On a phone, the findings come before the matrix, also for the Tab key.
  const phone = matchMedia('(max-width: 720px)');
  const arrange = () => byId(phone.matches ? 'findings' : 'overview').after(byId(phone.matches ? 'overview' : 'findings'));
  phone.onchange = arrange;
  arrange();

  if (byId('read')) {
    const days = Math.floor((Date.now() - Date.parse(byId('read').dateTime)) / 86_400_000);
    if (days >= 1) byId('age').textContent = days === 1 ? 'a day ago' : `${days} days ago`;
    byId('age').className = days >= 7 ? 'old' : '';
  }

  document.documentElement.className = 'scripted';
  addEventListener('hashchange', restore);
  restore();
})();
