import { OpenManagerError } from '../core/errors.ts';
import { safeName } from '../core/text.ts';
import type { PromptDefinition } from './define.ts';
import type { CallContext, Guard } from './guard.ts';
import type { CompletionRequest } from './resource-catalog.ts';

/** The prompts of a server, found by name; every use goes through the guard. */
export interface PromptCatalog {
  /** @throws OpenManagerError `not_found` for an unknown prompt, `invalid_argument` for missing or unknown arguments. */
  render(name: string, args: Readonly<Record<string, string>>, context: CallContext): Promise<string>;
  complete(name: string, request: CompletionRequest, context: CallContext): Promise<string[]>;
}

export function createPromptCatalog(definitions: readonly PromptDefinition[], guard: Guard): PromptCatalog {
  function find(name: string): PromptDefinition {
    const prompt = definitions.find((candidate) => candidate.name === name);
    if (prompt) return prompt;
    const valid = definitions.map((candidate) => candidate.name).join(', ');
    throw new OpenManagerError('not_found', `There is no prompt "${safeName(name, 80)}". Valid prompts: ${valid}.`);
  }

  return {
    render: (name, args, context) =>
      guard.run(
        {
          kind: 'prompt',
          action: name,
          arguments: args,
          readOnly: true,
          async run(call) {
            const prompt = find(name);
            checkArguments(prompt, args);
            return prompt.render(args, call);
          },
        },
        context,
      ),
    complete: (name, { name: argument, typed, known }, context) =>
      guard.run(
        {
          kind: 'completion',
          action: name,
          arguments: { argument, typed },
          readOnly: true,
          async run(call) {
            const definition = find(name).arguments.find((candidate) => candidate.name === argument);
            return (await definition?.complete?.(typed, known, call)) ?? [];
          },
        },
        context,
      ),
  };
}

function checkArguments(prompt: PromptDefinition, args: Readonly<Record<string, string>>): void {
  const valid = prompt.arguments.map((argument) => argument.name);
  const unknown = Object.keys(args).find((name) => !valid.includes(name));
  if (unknown !== undefined) {
    throw new OpenManagerError(
      'invalid_argument',
      `${prompt.name}: unknown argument "${safeName(unknown, 60)}". Valid: ${valid.join(', ')}.`,
    );
  }
  const missing = prompt.arguments.find((argument) => argument.required && !args[argument.name]);
  if (missing)
    throw new OpenManagerError('invalid_argument', `${prompt.name}: argument "${missing.name}" is required.`);
}
