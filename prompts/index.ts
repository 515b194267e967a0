import type { PromptDefinition } from '../src/server/define.ts';
import { investigateHost } from './investigate-host.ts';
import { planCapacity } from './plan-capacity.ts';

/** Every prompt. */
export const prompts: readonly PromptDefinition[] = [investigateHost, planCapacity];
