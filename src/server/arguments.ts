import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { OpenManagerError } from '../core/errors.ts';
import { packagePath, runsFromSource } from '../core/package-path.ts';
import { closest, safeName } from '../core/text.ts';
import { problemOf } from './argument-problem.ts';
import type { AnyTool } from './define.ts';

/** The JSON Schema of a tool's input as clients see it. */
export function inputJsonSchema(tool: AnyTool): JsonObjectSchema {
  return schemasOf(tool).input;
}

/** The JSON Schema of a tool's output, where it declares one. */
export function outputJsonSchema(tool: AnyTool): JsonObjectSchema | undefined {
  return schemasOf(tool).output;
}

/**
 * A tool's arguments, defaults filled in. Numbers and booleans that came as text, which models often send, are accepted, and
 * one text for a list of one.
 * @throws OpenManagerError `invalid_argument`, which names what was wrong and what is valid.
 */
export function parseArguments(tool: AnyTool, args: unknown): Record<string, unknown> {
  const { properties } = inputJsonSchema(tool);
  const parsed = tool.input.safeParse(coerce(args ?? {}, properties), { error: problemOf });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 5).map((issue) => describeIssue(issue, Object.keys(properties)));
  throw new OpenManagerError('invalid_argument', `${tool.name}: ${problems.join(' ')}`);
}

export interface JsonObjectSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, JsonProperty>>;
  readonly [keyword: string]: unknown;
}

interface JsonProperty {
  readonly type?: string;
}

interface ToolSchemas {
  readonly input: JsonObjectSchema;
  readonly output?: JsonObjectSchema | undefined;
}

const derived = new WeakMap<AnyTool, ToolSchemas>();
let built: Readonly<Record<string, ToolSchemas>> | undefined;

/** Derived once a tool; in the built program that was at build time, for it takes a tenth of a start. */
function schemasOf(tool: AnyTool): ToolSchemas {
  const known = derived.get(tool);
  if (known) return known;
  built ??= runsFromSource() ? {} : JSON.parse(readFileSync(packagePath('dist', 'tool-schemas.json'), 'utf8'));
  const schemas = built?.[tool.name] ?? {
    input: tool.analysis ? withJob(toJsonSchema(tool.input)) : toJsonSchema(tool.input),
    output: tool.output && toJsonSchema(tool.output),
  };
  derived.set(tool, schemas);
  return schemas;
}

/**
 * The handle of an earlier answer stands for all other arguments, so none of them is required. What it is the answers say,
 * once there is one.
 */
function withJob({ required: _, ...schema }: JsonObjectSchema): JsonObjectSchema {
  return { ...schema, properties: { ...schema.properties, job: { type: 'string' } } };
}

/** Every property counts against the model's context, so what tells it nothing is left out. */
function toJsonSchema(schema: z.ZodObject): JsonObjectSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema, path }) => {
      delete jsonSchema.propertyNames;
      delete jsonSchema.maxLength;
      if (jsonSchema.minLength === 1) delete jsonSchema.minLength;
      if (jsonSchema.type === 'integer') delete jsonSchema.minimum;
      if (jsonSchema.enum) delete jsonSchema.type;
      // The default shows what is usual, and whoever goes too far is told how far one may.
      if (typeof jsonSchema.default === 'number' && path.at(-1) !== 'max_tokens') deleteBounds(jsonSchema);
    },
  });
  return json as JsonObjectSchema;
}

function deleteBounds(jsonSchema: z.core.JSONSchema.BaseSchema): void {
  delete jsonSchema.minimum;
  delete jsonSchema.maximum;
  delete jsonSchema.exclusiveMinimum;
  delete jsonSchema.exclusiveMaximum;
}

function coerce(args: unknown, properties: JsonObjectSchema['properties']): unknown {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return args;
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, coerceValue(value, typeOf(properties, name))]),
  );
}

function typeOf(properties: JsonObjectSchema['properties'], name: string): string | undefined {
  return Object.hasOwn(properties, name) ? properties[name]?.type : undefined;
}

function coerceValue(value: unknown, type: string | undefined): unknown {
  if (typeof value === 'number' && type === 'string') return String(value);
  if (typeof value !== 'string') return value;
  if ((type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(value.trim())) return Number(value);
  if (type === 'array') return [value];
  if (type === 'boolean' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  return value;
}

function describeIssue(issue: z.core.$ZodIssue, valid: readonly string[]): string {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
    const names = issue.keys.slice(0, 5).map((key) => `"${safeName(key, 60)}"`);
    const [near] = closest(issue.keys[0] ?? '', valid, 1);
    return `Unknown parameter ${names.join(', ')}${near ? ` (did you mean "${near}"?)` : ''}. Valid: ${valid.join(', ') || 'none'}.`;
  }
  const where = issue.path.map((part) => safeName(String(part), 60)).join('.');
  return `${where ? `"${where}": ` : ''}${issue.message.slice(0, 300)}.`;
}
