extension DocsPage {
    static let script = #"""
        'use strict';
        // Draws the documents that the page names. No HTML is ever made from their text.
        const el = (tag, attributes = {}, ...children) => {
          const node = document.createElement(tag);
          for (const [name, value] of Object.entries(attributes)) {
            if (value === undefined || value === false) continue;
            if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
            else node.setAttribute(name, value === true ? '' : value);
          }
          node.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== ''));
          return node;
        };
        const byId = (id) => document.getElementById(id);

        // ---- Text: paragraphs, lists of `* `, `code`, **strong**.
        const inline = (text) => text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) =>
          part.startsWith('`') && part.length > 1 ? el('code', {}, part.slice(1, -1))
            : part.startsWith('**') && part.length > 3 ? el('strong', {}, part.slice(2, -2)) : part);
        const prose = (text) => (text || '').trim().split(/\n\s*\n/).filter(Boolean).map((block) => {
          if (/^\* /.test(block)) {
            return el('ul', {}, block.split(/\n\* |^\* /).filter(Boolean).map((item) => el('li', {}, inline(item))));
          }
          return el('p', {}, inline(block));
        });

        // ---- Schemas
        const resolver = (document) => (node) => {
          let found = node, hops = 0;
          while (found && found.$ref && hops++ < 8) {
            const { $ref, ...beside } = found;
            const target = $ref.replace(/^#\//, '').split('/').reduce((at, key) => at && at[key], document);
            found = { ...target, ...beside, title: (target && target.title) || $ref.split('/').pop() };
          }
          return found || {};
        };
        const typeName = (schema, resolve) => {
          const s = resolve(schema);
          if (s.const !== undefined) return JSON.stringify(s.const);
          if (s.enum) return s.enum.filter((value) => value !== null).map(String).join(' | ');
          const parts = s.oneOf || s.anyOf;
          if (parts) return [...new Set(parts.map((part) => typeName(part, resolve)).filter((name) => name !== 'null'))].join(' | ');
          if (s.type === 'array') return `array of ${s.items ? typeName(s.items, resolve) : 'anything'}`;
          if (s.allOf) return s.title || 'object';
          if (Array.isArray(s.type)) return s.type.filter((type) => type !== 'null').join(' | ') || 'null';
          return (s.type === 'object' && s.title) || s.format || s.type || s.title || 'anything';
        };
        const bounds = (s) => [
          s.minimum !== undefined && `≥ ${s.minimum}`, s.maximum !== undefined && `≤ ${s.maximum}`,
          s.exclusiveMinimum !== undefined && `> ${s.exclusiveMinimum}`,
          s.exclusiveMaximum !== undefined && `< ${s.exclusiveMaximum}`,
          s.maxLength !== undefined && `at most ${s.maxLength} characters`,
          s.maxItems !== undefined && `at most ${s.maxItems}`,
          s.default !== undefined && `default ${JSON.stringify(s.default)}`,
        ].filter(Boolean).join(', ');
        const shape = (schema, resolve) => {
          const s = resolve(schema);
          if (!s.allOf) return s;
          return s.allOf.map((part) => shape(part, resolve)).reduce((all, part) => ({
            ...all, ...part, properties: { ...all.properties, ...part.properties },
            required: [...(all.required || []), ...(part.required || [])],
          }), { title: s.title });
        };
        const inner = (schema, resolve) => {
          const s = shape(schema, resolve);
          if (s.properties && Object.keys(s.properties).length) return [s];
          if (s.type === 'array' && s.items) return inner(s.items, resolve);
          const parts = s.oneOf || s.anyOf;
          return parts ? parts.flatMap((part) => inner(part, resolve)) : [];
        };
        const field = (name, schema, required, resolve, depth) => {
          const s = resolve(schema);
          const kinds = depth > 4 ? [] : inner(schema, resolve);
          const more = kinds.length ? lazily(kinds.length > 1 ? 'alternatives' : 'fields', () =>
            kinds.map((kind) => fields(kind, resolve, depth + 1))) : undefined;
          return el('div', {},
            el('dt', {}, el('span', { class: 'name' }, name), ' ', el('span', { class: 'type' }, typeName(schema, resolve)),
              required ? el('span', { class: 'must' }, ' required') : '', bounds(s) ? el('span', { class: 'bounds' }, ` ${bounds(s)}`) : ''),
            el('dd', {}, prose(s.description), more));
        };
        const fields = (schema, resolve, depth = 0) => {
          const s = shape(schema, resolve);
          const required = new Set(s.required || []);
          return el('dl', { class: 'fields' }, Object.entries(s.properties || {}).map(([name, value]) =>
            field(name, value, required.has(name), resolve, depth)));
        };
        const lazily = (title, draw) => {
          const box = el('details', { class: 'more' }, el('summary', {}, title));
          box.addEventListener('toggle', () => { if (box.open && box.children.length < 2) box.append(...[draw()].flat()); });
          return box;
        };
        const schemaView = (schema, resolve) => {
          const kinds = inner(schema, resolve);
          if (!kinds.length) return el('p', {}, el('span', { class: 'type' }, typeName(schema, resolve)));
          return el('div', {}, kinds.map((kind, place) =>
            [place ? el('p', { class: 'lead' }, 'or') : '', fields(kind, resolve)]).flat());
        };

        // ---- curl
        const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
        const base = () => new URL('.', document.baseURI).href.replace(/\/$/, '');
        const curl = (path, method, op, parameters, body) => {
          let at = path;
          for (const p of parameters.filter((p) => p.in === 'path')) at = at.replace(`{${p.name}}`, p.example ?? `$${p.name.toUpperCase()}`);
          const parts = [`curl${op['x-stream'] ? ' -N' : ''} ${at.includes('$') ? `"${base()}${at}"` : base() + at}`];
          if (method === 'delete' || method === 'patch' || method === 'put' || (method === 'post' && body === undefined)) parts[0] = parts[0].replace('curl', `curl -X ${method.toUpperCase()}`);
          if (op['x-required-scope']) parts.push('-H "Authorization: Bearer $TROUPE_KEY"');
          if (body !== undefined) parts.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`);
          return parts.join(' \\\n  ');
        };
        const tryIt = (lines) => {
          const text = el('pre', {}, Object.values(lines)[0]);
          const copy = el('button', { type: 'button', onclick: async () => {
            try { await navigator.clipboard.writeText(text.textContent); copy.textContent = 'Copied'; }
            catch { getSelection().selectAllChildren(text); copy.textContent = 'Selected'; }
            setTimeout(() => { copy.textContent = 'Copy'; }, 1500);
          } }, 'Copy');
          const names = Object.keys(lines);
          const choice = names.length > 1 && el('select', { 'aria-label': 'Example', onchange: (event) => { text.textContent = lines[event.target.value]; } },
            names.map((name) => el('option', { value: name }, name)));
          return el('div', {}, choice ? el('div', { class: 'row' }, choice) : '', el('div', { class: 'try' }, text, copy));
        };

        // ---- Operations
        const operation = (path, method, item, op, resolve) => {
          const parameters = [...(item.parameters || []), ...(op.parameters || [])].map(resolve);
          const content = op.requestBody && op.requestBody.content['application/json'];
          const card = el('details', { class: 'op', id: op.operationId },
            el('summary', {}, el('span', { class: `method ${method}` }, method), el('span', { class: 'path' }, path),
              el('span', { class: 'what' }, op.summary)));
          card.dataset.words = [path, method, op.operationId, op.summary, op.description].join(' ').toLowerCase();
          card.addEventListener('toggle', () => {
            if (!card.open || card.children.length > 1) return;
            const lines = {};
            const examples = content && content.examples ? Object.entries(content.examples) : [];
            for (const [name, example] of examples) lines[example.summary || name] = curl(path, method, op, parameters, example.value);
            if (!examples.length) lines[''] = curl(path, method, op, parameters);
            card.append(el('div', { class: 'body' }, prose(op.description),
              el('p', {}, el('span', { class: 'scope' }, op['x-required-scope'] ? `needs the scope ${op['x-required-scope']}` : 'open to all'), ' ',
                el('a', { href: `#${op.operationId}` }, op.operationId)),
              el('h3', {}, 'Try it'), tryIt(lines),
              parameters.length ? [el('h3', {}, 'Parameters'), el('dl', { class: 'fields' }, parameters.map((p) =>
                field(`${p.name}`, { ...resolve(p.schema), description: p.description }, p.required, resolve, 9)).map((row, place) => {
                  row.querySelector('dt').append(el('span', { class: 'type' }, ` in ${parameters[place].in}`));
                  return row;
                }))] : [],
              content ? [el('h3', {}, 'Body'), schemaView(content.schema, resolve)] : [],
              el('h3', {}, 'Answers'), Object.entries(op.responses).map(([status, response]) => answer(status, resolve(response), resolve))));
          });
          return card;
        };
        const answer = (status, response, resolve) => {
          const isGood = Number(status) < 400;
          const kinds = Object.entries(response.content || {});
          return el('div', { class: 'answer' }, el('span', { class: `status ${isGood ? 'good' : 'bad'}` }, status),
            prose(response.description), ' ',
            isGood ? kinds.map(([type, content]) => [el('span', { class: 'type' }, ` ${type}`),
              inner(content.schema, resolve).length ? lazily('schema', () => schemaView(content.schema, resolve)) : '']).flat() : '');
        };

        // ---- Streams
        const message = (name, message, resolve) => {
          const card = el('details', { class: 'op', id: name }, el('summary', {}, el('span', { class: 'method' }, name.startsWith('command.') ? 'ask' : 'told'),
            el('span', { class: 'path' }, message.name), el('span', { class: 'what' }, message.summary)));
          card.dataset.words = [name, message.name, message.summary].join(' ').toLowerCase();
          card.addEventListener('toggle', () => {
            if (!card.open || card.children.length > 1) return;
            const payload = shape(message.payload, resolve);
            const data = name.startsWith('command.') ? payload : (payload.properties || {}).data || {};
            card.append(el('div', { class: 'body' },
              message['x-required-scope'] ? el('p', {}, el('span', { class: 'scope' }, `needs the scope ${message['x-required-scope']}`)) : '',
              el('h3', {}, name.startsWith('command.') ? 'Fields' : 'data'), schemaView(data, resolve)));
          });
          return card;
        };

        const names = ['openapi', 'asyncapi'].map((kind) => document.documentElement.dataset[kind]).filter(Boolean);
        const draw = (open, streams) => {
          const resolve = resolver(open), resolveStreams = resolver(streams);
          const main = byId('main'), nav = byId('nav');
          byId('version').textContent = open.info.version;
          const overview = el('section', { id: 'top' }, el('h1', {}, open.info.title), el('p', { class: 'lead' }, open.info.summary),
            prose(open.info.description), el('p', {}, 'As files: ', names.flatMap((name) => [el('a', { href: name }, name), ' '])));
          main.replaceChildren(overview);
          nav.replaceChildren();
          const section = (id, title, lead, cards) => {
            main.append(el('section', { id }, el('h2', {}, title), el('div', { class: 'lead' }, prose(lead)), cards));
            nav.append(el('h2', {}, title), el('ul', {}, cards.map((card) => el('li', {}, el('a', { href: `#${card.id}` }, card.dataset.title)))));
          };
          const operations = Object.entries(open.paths).flatMap(([path, item]) =>
            ['get', 'post', 'put', 'patch', 'delete'].filter((method) => item[method]).map((method) => [path, method, item, item[method]]));
          for (const tag of open.tags) {
            section(`tag-${tag.name}`, tag.name, tag.description, operations.filter(([, , , op]) => op.tags[0] === tag.name).map(([path, method, item, op]) => {
              const card = operation(path, method, item, op, resolve);
              card.dataset.title = op.summary;
              return card;
            }));
          }
          if (!streams) return;
          const messages = Object.entries(streams.components.messages);
          const cards = (test) => messages.filter(([name]) => test(name)).map(([name, value]) => {
            const card = message(name, value, resolveStreams);
            card.dataset.title = value.name;
            return card;
          });
          section('streams', 'Events of streams', streams.info.description, cards((name) => !/^(command|answer)\./.test(name)));
          section('socket', 'WebSocket commands', streams.channels.webSocket.description, cards((name) => name.startsWith('command.')));
          main.append(el('section', { id: 'codes' }, el('h2', {}, 'Close codes'), prose(streams.components.schemas.CloseCode.description)));
          main.append(el('section', { id: 'errors' }, el('h2', {}, 'Error codes'), prose(open.components.schemas.ErrorCode.enum.map((code) => `\`${code}\``).join(', '))));
          nav.append(el('h2', {}, 'Lists'), el('ul', {}, el('li', {}, el('a', { href: '#codes' }, 'Close codes')), el('li', {}, el('a', { href: '#errors' }, 'Error codes'))));
        };

        // ---- Finding one's way
        const show = () => {
          const card = byId(decodeURIComponent(location.hash.slice(1)));
          if (!card) return;
          if (card.tagName === 'DETAILS') card.open = true;
          card.hidden = false;
          card.scrollIntoView();
          byId('nav').classList.remove('open');
          byId('menu').setAttribute('aria-expanded', 'false');
        };
        const search = () => {
          const words = byId('search').value.toLowerCase().split(/\s+/).filter(Boolean);
          let found = 0;
          for (const section of document.querySelectorAll('main > section')) {
            const cards = section.querySelectorAll('details.op');
            let any = words.length === 0;
            for (const card of cards) {
              card.hidden = !words.every((word) => card.dataset.words.includes(word));
              if (!card.hidden) { any = true; found += 1; }
            }
            section.hidden = !any;
          }
          let note = byId('nothing');
          if (words.length && !found) {
            if (!note) byId('main').append(el('p', { id: 'nothing' }, 'Nothing of that.'));
          } else if (note) note.remove();
        };
        const theme = (name) => {
          if (name) document.documentElement.dataset.theme = name;
          try { if (name) localStorage.setItem('theme', name); } catch { /* not allowed here */ }
        };
        const start = async () => {
          try { theme(localStorage.getItem('theme')); } catch { /* not allowed here */ }
          byId('theme').addEventListener('click', () => {
            const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
            theme(dark ? 'light' : 'dark');
          });
          byId('menu').addEventListener('click', () => byId('menu').setAttribute('aria-expanded', String(byId('nav').classList.toggle('open'))));
          byId('search').addEventListener('input', search);
          addEventListener('keydown', (event) => {
            if (event.key === '/' && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) { event.preventDefault(); byId('search').focus(); }
            if (event.key === 'Escape' && document.activeElement === byId('search')) { byId('search').value = ''; search(); }
          });
          addEventListener('hashchange', show);
          try {
            const [open, streams] = await Promise.all(names.map(async (name) => {
              const answer = await fetch(name);
              if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
              return answer.json();
            }));
            draw(open, streams);
            show();
          } catch (error) {
            byId('status').textContent = `The documents could not be read: ${error.message}`;
          }
        };
        start();

        """#
}
