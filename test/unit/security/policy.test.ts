import { expect, test } from 'vitest';
import { type Caller, localCaller } from '../../../src/security/caller.ts';
import { defaultPolicy } from '../../../src/security/policy.ts';

const decide = (roles: string[], readOnly: boolean) => {
  const caller: Caller = { ...localCaller, roles };
  return defaultPolicy.decide(caller, { kind: 'tool', action: 'send_notification', readOnly });
};

test.each([
  [['admin'], 'allow', 'allow'],
  [['viewer'], 'allow', 'deny'],
  [['viewer', 'admin'], 'allow', 'allow'],
  [[], 'deny', 'deny'],
  [['Admin'], 'deny', 'deny'],
  [['administrator', 'operator'], 'deny', 'deny'],
])('roles %j: reading is %s, changing is %s', (roles, reading, changing) => {
  expect(decide(roles, true).effect).toBe(reading);
  expect(decide(roles, false).effect).toBe(changing);
});

test('every decision names the rule that made it', () => {
  expect(decide(['admin'], false).rule).toBe('admins may do everything');
  expect(decide(['viewer'], true).rule).toBe('viewers may read');
  expect(decide([], true).rule).toBe('no rule allows it');
});

test('who started the process may do everything', () => {
  expect(defaultPolicy.decide(localCaller, { kind: 'tool', action: 'x', readOnly: false }).effect).toBe('allow');
});
