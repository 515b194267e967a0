import * as z from 'zod';
import type { HostFacts } from '../src/app.ts';
import {
  defineTool,
  formatDuration,
  formatTime,
  formatValue,
  jsonNumber,
  parameters,
  safeName,
} from '../src/server/define.ts';

export const getHostSnapshot = defineTool({
  name: 'get_host_snapshot',
  title: 'Get host snapshot',
  description: 'What a host is doing now: CPU, load, memory, waiting, filesystems, disks, network, top processes.',
  toolset: 'observe',
  readOnly: true,
  input: z.strictObject({ host: parameters.host, max_tokens: parameters.max_tokens }),
  async run({ host }, call) {
    const found = await call.app.hostFacts(host);
    const page = call.fit([...machineLines(found), ...factLines(found), ...processLines(found)], {
      line: ({ text }) => text,
      row: ({ data }) => data,
    });
    const ageMs = call.nowMs - found.timestampMs;
    const stale = ageMs > 60_000 ? ` (stale: ${formatDuration(Math.round(ageMs / 1000) * 1000)} old)` : '';
    const head = `${safeName(found.host)} at ${formatTime(found.timestampMs)}${stale}`;
    return {
      text: [head, ...page.lines, page.notice].filter(Boolean).join('\n'),
      data: { host: safeName(found.host, 255), time: formatTime(found.timestampMs), facts: page.rows, ...page.paging },
    };
  },
});

interface Line {
  readonly text: string;
  readonly data: Record<string, unknown>;
}

function machineLines({ inventory, timestampMs }: HostFacts): Line[] {
  if (!inventory) return [];
  const { os, kernel, architecture, cpuModel, cpuCount, memoryBytes, virtualization, bootTimeMs } = inventory;
  const description = [os, kernel, architecture, cpuModel, virtualization ?? '']
    .filter(Boolean)
    .map((text) => safeName(text))
    .join(', ');
  const uptimeMs = Math.max(0, Math.round((timestampMs - bootTimeMs) / 60_000)) * 60_000;
  const up = Number.isNaN(uptimeMs) ? '' : `, up ${formatDuration(uptimeMs)}`;
  return [
    {
      text: `machine: ${description}; ${cpuCount} CPUs, ${formatValue(memoryBytes, 'By')} memory${up}`,
      data: {
        kind: 'machine',
        description,
        cpus: cpuCount,
        memory_bytes: jsonNumber(memoryBytes),
        uptime_seconds: jsonNumber(uptimeMs / 1000),
      },
    },
  ];
}

function factLines({ facts }: HostFacts): Line[] {
  return facts.map(({ kind, instance, numbers }) => {
    const name = instance === undefined ? '' : ` ${safeName(instance)}`;
    const shown = numbers.map((number) => `${number.name} ${formatValue(number.value, number.unit)}`);
    return {
      text: `${kind}${name}: ${shown.join(', ')}`,
      data: {
        kind,
        ...(instance !== undefined && { instance: safeName(instance) }),
        ...Object.fromEntries(numbers.map((number) => [number.name.replaceAll(' ', '_'), jsonNumber(number.value)])),
      },
    };
  });
}

function processLines({ processes }: HostFacts): Line[] {
  if (!processes) return [];
  const { total, byStatus, topByCpu, topByMemory } = processes;
  const states = Object.entries(byStatus).map(([status, count]) => `${count} ${safeName(status)}`);
  const cpu = topByCpu
    .slice(0, 5)
    .map(({ pid, name, cpuUtilization }) => ({ pid, name: safeName(name), cpu: cpuUtilization }));
  const memory = topByMemory
    .slice(0, 5)
    .map(({ pid, name, memoryBytes }) => ({ pid, name: safeName(name), memoryBytes }));
  return [
    { text: `processes: ${total} (${states.join(', ')})`, data: { kind: 'processes', total, by_status: byStatus } },
    {
      text: `top by cpu: ${cpu.map(({ pid, name, cpu }) => `${name}[${pid}] ${formatValue(cpu, '1')}`).join(', ')}`,
      data: { kind: 'top_by_cpu', processes: cpu.map((one) => ({ ...one, cpu: jsonNumber(one.cpu, 3) })) },
    },
    {
      text: `top by memory: ${memory.map(({ pid, name, memoryBytes }) => `${name}[${pid}] ${formatValue(memoryBytes, 'By')}`).join(', ')}`,
      data: {
        kind: 'top_by_memory',
        processes: memory.map(({ pid, name, memoryBytes }) => ({ pid, name, memory_bytes: jsonNumber(memoryBytes) })),
      },
    },
  ].filter(({ text }) => !text.endsWith(': '));
}
