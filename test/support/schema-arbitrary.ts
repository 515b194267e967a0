import fc from 'fast-check';
import { naughtyStrings } from './naughty-strings.ts';

/** The part of JSON Schema that the tools use; anything else fails loudly, so that no keyword goes untested. */
export interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  readonly description?: string;
}

/** Words that mean something to a property of this name, e.g. metrics that exist. */
export type Vocabulary = Readonly<Record<string, readonly unknown[]>>;

type Arguments = Record<string, unknown>;

const keywords = [
  ...['type', 'properties', 'required', 'additionalProperties', 'items', 'enum', 'minimum', 'maximum'],
  ...['exclusiveMinimum', 'exclusiveMaximum', 'minLength', 'minItems', 'maxItems', 'default', 'description'],
];

/** Arguments of a tool: as often valid as nearly valid, and now and then anything at all. */
export function argumentsArbitrary(schema: JsonSchema, vocabulary: Vocabulary): fc.Arbitrary<Arguments> {
  const { job, ...properties } = schema.properties ?? {};
  if (job === undefined) return argumentsOf(schema, vocabulary);
  // It stands for all others, so the schema requires none; most calls are made without it, and then with a metric.
  const required = properties.metric ? ['metric'] : [];
  return fc.oneof(
    { weight: 7, arbitrary: argumentsOf({ ...schema, properties, required }, vocabulary) },
    { weight: 1, arbitrary: argumentsOf(schema, vocabulary) },
  );
}

function argumentsOf(schema: JsonSchema, vocabulary: Vocabulary): fc.Arbitrary<Arguments> {
  const valid = validObject(schema, vocabulary);
  return fc.oneof(
    { weight: 4, arbitrary: valid },
    { weight: 4, arbitrary: nearlyValid(schema, valid) },
    { weight: 1, arbitrary: anyObject(Object.keys(schema.properties ?? {})) },
  );
}

/** Text of any kind, with what has broken programs before as often as anything new. */
export function anyText(): fc.Arbitrary<string> {
  return fc.oneof(fc.constantFrom(...naughtyStrings), fc.string({ unit: 'binary', maxLength: 80 }), fc.string());
}

function validObject({ properties = {}, required = [] }: JsonSchema, vocabulary: Vocabulary): fc.Arbitrary<Arguments> {
  const values = Object.entries(properties).map(([name, schema]) => [name, validValue(schema, name, vocabulary)]);
  const model = Object.fromEntries(values) as Record<string, fc.Arbitrary<unknown>>;
  return fc.record(model, { requiredKeys: [...required], noNullPrototype: true });
}

function validValue(schema: JsonSchema, name: string, vocabulary: Vocabulary): fc.Arbitrary<unknown> {
  const unknown = Object.keys(schema).find((keyword) => !keywords.includes(keyword));
  if (unknown !== undefined) throw new Error(`no values are made for the JSON Schema keyword "${unknown}" of ${name}`);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const known = vocabulary[name];
  const value = validOfType(schema, name, vocabulary);
  return known
    ? fc.oneof({ weight: 24, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: value })
    : value;
}

/** Schemas keep silent about the bounds of most numbers, as each word of theirs costs every client tokens. */
const bounds: Readonly<Record<string, { min: number; max: number }>> = {
  max_tokens: { min: 100, max: 20_000 },
  limit: { min: 1, max: 1000 },
  level: { min: 0.41, max: 0.998 },
  sensitivity: { min: 0, max: 1 },
};

function validOfType(schema: JsonSchema, name: string, vocabulary: Vocabulary): fc.Arbitrary<unknown> {
  const { min = -1e9, max = 1e9 } = bounds[name] ?? {};
  const { minimum = min, maximum = max, exclusiveMinimum, exclusiveMaximum } = schema;
  switch (schema.type) {
    case 'string':
      return anyText().filter((text) => text.length >= (schema.minLength ?? 0));
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: schema.minimum ?? bounds[name]?.min ?? 1, max: maximum });
    case 'number':
      return fc
        .double({ min: exclusiveMinimum ?? minimum, max: exclusiveMaximum ?? maximum, noNaN: true })
        .filter((number) => number !== exclusiveMinimum && number !== exclusiveMaximum);
    case 'array': {
      const limits = { minLength: schema.minItems ?? 0, maxLength: Math.min(schema.maxItems ?? 5, 5) };
      return fc.array(validValue(schema.items ?? { type: 'string' }, name, vocabulary), limits);
    }
    case 'object': {
      if (schema.properties) return validObject(schema, vocabulary);
      const { additionalProperties: values } = schema;
      const value = typeof values === 'object' ? validValue(values, name, vocabulary) : fc.jsonValue();
      return fc.array(fc.tuple(anyText(), value), { maxLength: 4 }).map(Object.fromEntries);
    }
    default:
      throw new Error(`no values are made for the JSON Schema type "${schema.type}" of ${name}`);
  }
}

/** One property is wrong by a little: a bound passed by one, another type, missing, or one too many. */
function nearlyValid(schema: JsonSchema, valid: fc.Arbitrary<Arguments>): fc.Arbitrary<Arguments> {
  const properties = Object.entries(schema.properties ?? {});
  const wrong = properties.map(([name, property]) => nearMiss(property).map((value) => [name, value] as const));
  const extra = fc.tuple(anyText(), fc.jsonValue());
  const missing = fc.constantFrom(...properties.map(([name]) => [name, undefined] as const));
  return fc
    .tuple(valid, fc.oneof(...wrong, extra, missing))
    .map(([args, [name, value]]) => Object.fromEntries([...Object.entries(args), [name, value]]));
}

function nearMiss(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const bounds = [minimum, maximum, exclusiveMinimum, exclusiveMaximum].filter((bound) => bound !== undefined);
  const beside = bounds.flatMap((bound) => [bound, bound - 1, bound + 1, bound + 0.5, String(bound), ` ${bound} `]);
  const otherTypes: readonly unknown[] = [
    null,
    true,
    0,
    -0,
    1.5,
    1e308,
    'x',
    [],
    {},
    [[]],
    ['now'],
    { $ne: null },
    { toString: 'x' },
  ];
  return fc.oneof(fc.constantFrom<unknown>(...beside, ...otherTypes), anyText());
}

function anyObject(names: readonly string[]): fc.Arbitrary<Arguments> {
  const key = fc.oneof(fc.constantFrom(...names), anyText());
  return fc.array(fc.tuple(key, fc.jsonValue({ stringUnit: 'binary' })), { maxLength: 6 }).map(Object.fromEntries);
}
