import { describe, expect, test } from 'vitest';
import type { PromptDefinition, ResourceDefinition } from '../../../src/server/define.ts';
import { createPromptCatalog } from '../../../src/server/prompt-catalog.ts';
import { createResourceCatalog } from '../../../src/server/resource-catalog.ts';
import { callContext, fakeAudit, guardOf } from '../../support/fake-app.ts';

const context = callContext();

function resource(uri: string, change: Partial<ResourceDefinition> = {}): ResourceDefinition {
  return {
    name: uri,
    title: 'Title',
    description: 'Description',
    mimeType: 'application/json',
    uri,
    read: async (variables) => ({ mimeType: 'application/json', text: JSON.stringify({ uri, variables }) }),
    ...change,
  };
}

describe('resources', () => {
  const definitions = [resource('om://a.b'), resource('om://a/{x}'), resource('om://a/{x}/c/{y}')];
  const catalog = createResourceCatalog(definitions, guardOf([]));
  const read = async (uri: string) => JSON.parse((await catalog.read(uri, context)).text);

  test.each([
    ['om://a.b', 'om://a.b', {}],
    ['om://a/1', 'om://a/{x}', { x: '1' }],
    ['om://a/1/c/2', 'om://a/{x}/c/{y}', { x: '1', y: '2' }],
    ['om://a/a%2Fb%20%C3%A9', 'om://a/{x}', { x: 'a/b é' }],
    ['om://a/__proto__', 'om://a/{x}', { x: '__proto__' }],
    ['om://a/..', 'om://a/{x}', { x: '..' }],
  ])('%s is found, its variables decoded', async (uri, template, variables) => {
    expect(await read(uri)).toEqual({ uri: template, variables });
  });

  test.each([
    '',
    'om://axb',
    'om://A.b',
    'om://a.b/',
    'om://a/',
    'om://a//c/2',
    'om://a/1/c',
    'om://a/1/c/2/',
    'om://a/%',
    'om://a/%E0%A4%A',
    'om://a/1/c/%ff',
    'https://a.b',
  ])('"%s" is unknown, and the error names those there are', async (uri) => {
    await expect(read(uri)).rejects.toMatchObject({ code: 'not_found' });
    await expect(read(uri)).rejects.toThrow('Resources: om://a.b, om://a/{x}, om://a/{x}/c/{y}.');
    await expect(catalog.subscribe(uri, context)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('those with variables are templates, the others and the instances are listed', async () => {
    const list = async () => [{ uri: 'om://a/1', name: 'one' }];
    const some = createResourceCatalog([resource('om://a.b'), resource('om://a/{x}', { list })], guardOf([]));
    expect((await some.list(context)).map(({ uri, name }) => [uri, name])).toEqual([
      ['om://a.b', 'om://a.b'],
      ['om://a/1', 'one'],
    ]);
    expect(some.templates().map(({ uriTemplate }) => uriTemplate)).toEqual(['om://a/{x}']);
  });

  test('of very many only the first 500 are listed', async () => {
    const list = async () => Array.from({ length: 10_000 }, (_, i) => ({ uri: `om://a/${i}`, name: `${i}` }));
    const many = createResourceCatalog([resource('om://a/{x}', { list })], guardOf([]));
    expect(await many.list(context)).toHaveLength(500);
  });

  test('completion of an unknown template is an error, of one without completion empty', async () => {
    const request = { name: 'x', typed: '', known: {} };
    expect(await catalog.complete('om://a/{x}', request, context)).toEqual([]);
    await expect(catalog.complete('om://b/{x}', request, context)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('every use is audited once, with how it ended', async () => {
    const audit = fakeAudit();
    const audited = createResourceCatalog(definitions, guardOf([], { audit }));
    await audited.read('om://a/1', context);
    await audited.subscribe('om://a/1', context);
    await audited.list(context);
    await audited.complete('om://a/{x}', { name: 'x', typed: '', known: {} }, context);
    await audited.read('om://none', context).catch(() => {});
    expect(audit.entries.map(({ kind, action, outcome }) => `${kind} ${action} ${outcome}`)).toEqual([
      'resource om://a/1 ok',
      'subscription om://a/1 ok',
      'resource resources/list ok',
      'completion om://a/{x} ok',
      'resource om://none error',
    ]);
  });
});

describe('prompts', () => {
  const prompt: PromptDefinition = {
    name: 'greet',
    title: 'Greet',
    description: 'Greets',
    arguments: [
      {
        name: 'who',
        description: 'Whom',
        required: true,
        complete: async (typed, known) => [`${typed}!`, ...Object.keys(known)],
      },
      { name: 'how', description: 'How', required: false },
    ],
    render: async ({ who, how }) => `Hello ${who}${how ? ` ${how}` : ''}`,
  };
  const catalog = createPromptCatalog([prompt], guardOf([]));

  test('are rendered with their arguments', async () => {
    expect(await catalog.render('greet', { who: 'Ada', how: 'loudly' }, context)).toBe('Hello Ada loudly');
  });

  test.each<[string, Record<string, string>, string, string]>([
    ['greeet', {}, 'not_found', 'There is no prompt "greeet". Valid prompts: greet.'],
    ['__proto__', {}, 'not_found', 'There is no prompt "__proto__".'],
    ['greet', {}, 'invalid_argument', 'greet: argument "who" is required.'],
    ['greet', { who: '' }, 'invalid_argument', 'greet: argument "who" is required.'],
    ['greet', { who: 'a', whom: 'b' }, 'invalid_argument', 'greet: unknown argument "whom". Valid: who, how.'],
    ['greet', { 'a\nb': 'c' }, 'invalid_argument', 'greet: unknown argument "a\ufffdb".'],
  ])('%s with %j is refused as %s', async (name, args, code, message) => {
    await expect(catalog.render(name, args, context)).rejects.toMatchObject({ code });
    await expect(catalog.render(name, args, context)).rejects.toThrow(message);
  });

  test('complete the arguments that can be, from what is known', async () => {
    const request = { name: 'who', typed: 'A', known: { how: 'x' } };
    expect(await catalog.complete('greet', request, context)).toEqual(['A!', 'how']);
    expect(await catalog.complete('greet', { ...request, name: 'how' }, context)).toEqual([]);
    expect(await catalog.complete('greet', { ...request, name: 'none' }, context)).toEqual([]);
    await expect(catalog.complete('none', request, context)).rejects.toMatchObject({ code: 'not_found' });
  });
});
