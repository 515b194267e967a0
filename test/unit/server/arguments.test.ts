import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { inputJsonSchema, outputJsonSchema, parseArguments } from '../../../src/server/arguments.ts';
import { type AnyTool, parameters } from '../../../src/server/define.ts';

const tool: AnyTool = {
  name: 'look',
  title: 'Look',
  description: 'Looks',
  toolset: 'observe',
  readOnly: true,
  input: z.strictObject({
    host: parameters.host,
    labels: parameters.labels,
    share: z.number().min(0).max(1).optional(),
    deep: z.boolean().default(false),
    mode: z.enum(['fast', 'full']).default('fast'),
    limit: parameters.limit,
    times: z.array(z.string().min(2)).optional(),
  }),
  run: () => ({ text: '', data: {} }),
};

const parse = (args: unknown) => parseArguments(tool, args);
const defaults = { deep: false, mode: 'fast', limit: 50 };

/** As they come from a client: `__proto__` is then a key like any other. */
const fromJson = (json: string): unknown => JSON.parse(json);

describe('accepted', () => {
  test.each([undefined, null, {}])('%j means the defaults', (args) => {
    expect(parse(args)).toEqual(defaults);
  });

  test.each([
    [{ limit: '7' }, { limit: 7 }],
    [{ limit: ' 7 ' }, { limit: 7 }],
    [{ share: '0.25' }, { share: 0.25 }],
    [{ deep: 'true' }, { deep: true }],
    [{ deep: 'False' }, { deep: false }],
    [{ host: '7' }, { host: '7' }],
    [{ host: 'true' }, { host: 'true' }],
    [{ labels: { a: '7', b: '*' } }, { labels: { a: '7', b: '*' } }],
    [{ times: 'now' }, { times: ['now'] }],
  ])('%j: text is taken for what the parameter is, and for nothing else', (args, expected) => {
    expect(parse(args)).toEqual({ ...defaults, ...expected });
  });

  test('any number in its range, as a number or as text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (limit) => {
        expect(parse({ limit: String(limit) })).toEqual(parse({ limit }));
      }),
    );
  });
});

describe('refused', () => {
  test.each<[unknown, RegExp]>([
    [{ limit: '' }, /"limit": must be a number, not ""\.$/],
    [{ limit: 'many' }, /"limit": must be a number, not "many"\.$/],
    [{ limit: '7.5' }, /"limit": must be a whole number, not 7\.5\.$/],
    [{ share: -1 }, /"share": must be at least 0, not -1\.$/],
    [{ share: null }, /"share": must be a number, not null\.$/],
    [{ times: 7 }, /"times": must be a list, e\.g\. .*, not 7\.$/],
    [{ times: ['a'] }, /"times\.0": must have at least 2 characters, not 1\.$/],
    [{ limit: '0x10' }, /"limit": /],
    [{ limit: '1e2' }, /"limit": /],
    [{ limit: 0 }, /"limit": must be at least 1, not 0\.$/],
    [{ limit: '1001' }, /"limit": must be at most 1000, not 1001\.$/],
    [{ limit: [7] }, /"limit": must be a number, not a list\.$/],
    [{ deep: 'yes' }, /"deep": must be true or false, not "yes"\.$/],
    [{ deep: 1 }, /"deep": /],
    [{ mode: 'slow' }, /"mode": .*"fast"\|"full"/],
    [{ host: '' }, /"host": must not be empty\.$/],
    [{ host: 'x'.repeat(256) }, /"host": must have at most 255 characters, not 256\.$/],
    [{ labels: { a: 1 } }, /"labels\.a": must be text, not 1\.$/],
    [{ labels: 'a=b' }, /"labels": must be an object, .*, not "a=b"\.$/],
    [[], /expected object/],
    ['text', /expected object/],
    [7, /expected object/],
  ])('%j, by the name of what is wrong', (args, message) => {
    expect(() => parse(args)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(() => parse(args)).toThrow(/^look: /);
    expect(() => parse(args)).toThrow(message);
  });

  test.each([
    ['{"hots": "a"}', '"hots" (did you mean "host"?)'],
    ['{"__proto__": {"limit": 1}}', '"__proto__"'],
    ['{"constructor": {"prototype": {"limit": 1}}}', '"constructor"'],
    ['{"prototype": 1}', '"prototype"'],
    ['{"toString": 1, "hasOwnProperty": 2}', '"toString", "hasOwnProperty"'],
    ['{"a\\n\\u202eb": 1}', '"a\ufffd\ufffdb"'],
  ])('the unknown keys of %s, with the valid ones', (json, named) => {
    const refused = () => parse(fromJson(json));
    expect(refused).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(refused).toThrow(`look: Unknown parameter ${named}`);
    expect(refused).toThrow(/Valid: host, labels, share, deep, mode, limit, times\.$/);
    expect(Object.prototype).not.toHaveProperty('limit');
  });

  test('everything that is wrong at once, in a message that stays short', () => {
    expect(() => parse({ limit: 0, deep: 'x', hots: 1 })).toThrow(/"deep": .*"limit": .*"hots"/);
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key-${i}`.repeat(50), i]));
    let message = '';
    try {
      parse(many);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/^look: Unknown parameter "key-0/);
    expect(message.length).toBeLessThan(800);
  });

  test('or accepted: anything else never happens, and the result has no key but the valid ones', () => {
    const valid = ['host', 'labels', 'share', 'deep', 'mode', 'limit', 'times'];
    const values = fc.anything({ withNullPrototype: true });
    const objects = fc.dictionary(fc.oneof(fc.constantFrom(...valid), fc.string()), values);
    fc.assert(
      fc.property(fc.oneof(objects, values), (args) => {
        try {
          expect(valid).toEqual(expect.arrayContaining(Object.keys(parse(args))));
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_argument', message: expect.not.stringMatching(/\n/) });
        }
      }),
    );
  });
});

describe('the schema that clients see', () => {
  test('names every parameter, says what is required and admits no others', () => {
    expect(inputJsonSchema(tool)).toEqual({
      type: 'object',
      properties: {
        host: { type: 'string', description: 'Default: this host' },
        labels: expect.objectContaining({ type: 'object', additionalProperties: { type: 'string' } }),
        share: { type: 'number', minimum: 0, maximum: 1 },
        deep: { type: 'boolean', default: false },
        mode: { enum: ['fast', 'full'], default: 'fast' },
        limit: { type: 'integer', default: 50 },
        times: { type: 'array', items: { type: 'string', minLength: 2 } },
      },
      additionalProperties: false,
    });
    expect(inputJsonSchema(tool)).toBe(inputJsonSchema(tool));
  });

  test('has an output where the tool declares one', () => {
    expect(outputJsonSchema(tool)).toBeUndefined();
    const chained = { ...tool, output: z.object({ total: z.number() }) };
    expect(outputJsonSchema(chained)).toMatchObject({ type: 'object', required: ['total'] });
  });
});
