// Shows the description of the API: its operations by area, and the schemas that they take and give.

const address = document.body.dataset.document;

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== undefined && child !== null));
  return made;
};

const code = (text) => element('code', { textContent: text });
const slug = (text) => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

/** Descriptions mark code by backticks. */
function prose(text) {
  const parts = text.split('`').map((part, at) => (at % 2 ? code(part) : part));
  return element('span', {}, ...parts);
}

function resolve(schema, api) {
  const name = schema?.$ref?.split('/').at(-1);
  return name ? { name, schema: api.components.schemas[name] } : { schema };
}

/** A schema in a few words. */
function typeOf(schema, api) {
  if (schema === true || schema === undefined) return 'anything';
  const { name, schema: found } = resolve(schema, api);
  if (name) return name;
  const any = found.anyOf ?? found.oneOf;
  if (any) return any.map((one) => typeOf(one, api)).join(' or ');
  if (found.const !== undefined) return JSON.stringify(found.const);
  if (found.enum) return found.enum.map((one) => JSON.stringify(one)).join(' or ');
  const types = [found.type ?? 'anything'].flat();
  const words = types.map((type) => (type === 'array' ? `list of ${typeOf(found.items, api)}` : type));
  return words.join(' or ') + (found.format ? ` (${found.format})` : '');
}

/** What a schema asks of a value, beyond its type. */
function rules(schema) {
  const told = [
    ['minLength', 'at least %', ' characters'],
    ['maxLength', 'at most %', ' characters'],
    ['minItems', 'at least %', ' elements'],
    ['maxItems', 'at most %', ' elements'],
    ['minimum', 'from %', ''],
    ['maximum', 'to %', ''],
    ['pattern', 'matches %', ''],
  ];
  const words = told.filter(([key]) => schema[key] !== undefined).map(([key, text, of]) => text.replace('%', () => schema[key]) + of);
  if (schema.default !== undefined) words.push(`default ${JSON.stringify(schema.default)}`);
  return words.join(', ');
}

/** The members of a schema, deep; a schema inside itself is only named. */
function shape(schema, api, inside = []) {
  if (!schema || schema === true) return undefined;
  const { name, schema: found } = resolve(schema, api);
  if (!found || (name && inside.includes(name))) return undefined;
  const path = name ? [...inside, name] : inside;
  const any = found.anyOf ?? found.oneOf ?? found.allOf;
  if (any) return element('div', {}, ...any.map((one) => shape(one, api, path)));
  if ([found.type].flat().includes('array')) return shape(found.items, api, path);
  if (!found.properties) return undefined;
  const rows = Object.entries(found.properties).flatMap(([member, of]) => {
    const it = of === true ? {} : of;
    const required = found.required?.includes(member);
    const about = it.description ?? (it.$ref ? resolve(it, api).schema?.description : undefined);
    return [
      element('dt', {}, code(member), ' ', element('span', { className: 'type', textContent: typeOf(of, api) }),
        required ? element('span', { className: 'required', textContent: 'required' }) : undefined),
      element('dd', {}, about ? prose(about) : undefined,
        rules(it) ? element('span', { className: 'rules', textContent: rules(it) }) : undefined, shape(of, api, path)),
    ];
  });
  return element('dl', {}, ...rows);
}

function content(of, api) {
  return Object.entries(of ?? {}).map(([type, { schema }]) =>
    element('div', { className: 'content' }, code(type), ' ', element('span', { className: 'type', textContent: typeOf(schema, api) }), shape(schema, api)));
}

function section(title, ...children) {
  return children.some(Boolean) ? element('section', {}, element('h4', { textContent: title }), ...children) : undefined;
}

function operation(path, method, it, api) {
  const parameters = (it.parameters ?? []).flatMap((parameter) => [
    element('dt', {}, code(parameter.name), ` in ${parameter.in} `, element('span', { className: 'type', textContent: typeOf(parameter.schema, api) }),
      parameter.required ? element('span', { className: 'required', textContent: 'required' }) : undefined),
    element('dd', {}, parameter.description ? prose(parameter.description) : undefined,
      element('span', { className: 'rules', textContent: rules(parameter.schema) })),
  ]);
  const responses = Object.entries(it.responses).map(([status, response]) => {
    const good = status.startsWith('2');
    const head = element('summary', {}, element('b', { className: good ? 'good' : 'bad', textContent: status }), ' ', prose(response.description));
    return element('details', { open: good }, head, ...content(response.content, api));
  });
  const keys = (it.security ?? []).flatMap(Object.keys);
  const made = element('details', { className: 'operation', id: it.operationId },
    element('summary', {}, element('b', { className: `method ${method}`, textContent: method.toUpperCase() }), ' ', code(path), ' ',
      element('span', { textContent: it.summary })));
  made.dataset.words = `${path} ${it.summary} ${it.tags}`.toLowerCase();
  // The inside is drawn when it is looked at: there are many.
  made.addEventListener('toggle', () => {
    made.append(element('div', { className: 'inside' },
      it.description ? element('p', {}, prose(it.description)) : undefined,
      keys.length ? element('p', {}, 'Called with: ', ...keys.flatMap((key, at) => [at ? ' or ' : '', code(key)])) : undefined,
      section('Parameters', parameters.length ? element('dl', {}, ...parameters) : undefined),
      section('Body', ...content(it.requestBody?.content, api)),
      section('Answers', ...responses)));
  }, { once: true });
  return made;
}

function show(api) {
  document.title = `API of ${api.info.title}`;
  document.getElementById('title').textContent = `${api.info.title} ${api.info.version}`;
  document.getElementById('description').textContent = api.info.description;
  document.getElementById('document').href = address;
  const areas = new Map(api.tags.map(({ name }) => [name, []]));
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, it] of Object.entries(methods)) areas.get(it.tags[0]).push(operation(path, method, it, api));
  }
  const sections = [...areas].map(([name, operations]) =>
    element('section', { className: 'area', id: slug(name) }, element('h2', { textContent: name }), ...operations));
  const schemes = Object.entries(api.components.securitySchemes).flatMap(([name, scheme]) =>
    [element('dt', {}, code(name)), element('dd', {}, prose(scheme.description))]);
  sections.unshift(element('section', { className: 'area', id: 'keys' }, element('h2', { textContent: 'keys' }), element('dl', {}, ...schemes)));
  document.getElementById('operations').replaceChildren(...sections);
  document.getElementById('tags').replaceChildren(...[...areas.keys()].map((name) =>
    element('a', { href: `#${slug(name)}`, textContent: name })));
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

document.getElementById('filter').addEventListener('input', ({ target }) => {
  const words = target.value.toLowerCase().split(/\s+/);
  for (const one of document.querySelectorAll('.operation')) {
    one.hidden = !words.every((word) => one.dataset.words.includes(word));
  }
  for (const area of document.querySelectorAll('.area')) {
    area.hidden = target.value !== '' && !area.querySelector('.operation:not([hidden])');
  }
});

try {
  const answer = await fetch(address);
  show(await answer.json());
} catch (error) {
  document.getElementById('operations').replaceChildren(element('p', { textContent: `The description can't be read: ${error.message}` }));
}
