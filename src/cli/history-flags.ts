import type { CommandOption } from './command.ts';

type Flags = Readonly<Record<string, CommandOption>>;

const csv = ['csv'];
const prometheus = ['prometheus'];

export const importFlags: Flags = {
  host: { value: 'NAME', description: 'the host that the samples are of; default: the one that the source names' },
  metric: {
    value: 'NAME',
    only: csv,
    description: 'what is measured, e.g. system.cpu.utilization; not for files of "openmanager export"',
  },
  unit: {
    value: 'UNIT',
    only: ['csv', 'prometheus'],
    description:
      'unit of the values in UCUM: 1 (a share of 1), By, By/s, s, Cel, Hz, ...; stored as given, of a counter that becomes a rate with /s after it',
  },
  label: { value: 'K=V,K=V', only: csv, description: 'labels that tell the series from others of the metric' },
  'time-column': {
    value: 'NAME|N',
    only: csv,
    description: 'column of the times, by its name or number; default: the one named like a time, or the first',
  },
  'value-column': {
    value: 'NAME|N',
    only: csv,
    description: 'column of the values; default: value, or the only other one with numbers',
  },
  'time-unit': {
    value: 's|ms|us|ns|iso',
    only: csv,
    description:
      'how times are written; default: ISO 8601, or a number: s below 1e11, ms below 1e14, us below 1e17, else ns',
  },
  scale: {
    value: 'X',
    only: csv,
    description: 'factor of the values: 0.01 for percent to shares, 1024 for KiB to bytes',
  },
  url: {
    value: 'URL',
    only: prometheus,
    required: prometheus,
    description: 'address of the server, e.g. http://127.0.0.1:9090',
  },
  match: {
    value: 'SELECTOR',
    only: prometheus,
    required: prometheus,
    description: `series to fetch, e.g. '{job="node"}'`,
  },
  from: { value: 'TIME', only: prometheus, required: prometheus, description: 'start: ISO 8601, epoch or -30d' },
  to: { value: 'TIME', only: prometheus, description: 'end; default: now' },
  step: { value: 'DURATION', only: prometheus, description: 'time between two samples; default: 1m' },
  totals: { only: prometheus, description: 'store counters as the totals they are; default: as rates a second' },
  'host-label': {
    value: 'LABEL',
    only: prometheus,
    description: 'label that names the host; default: instance, without its port',
  },
  'bearer-token-file': { value: 'FILE', only: prometheus, description: 'file with the token that the server asks for' },
  again: { only: prometheus, description: 'fetch what an earlier run fetched once more' },
};

export const exportFlags: Flags = {
  host: { value: 'NAME', description: 'only this host' },
  metric: { value: 'NAME', description: 'only this metric' },
  from: { value: 'TIME', description: 'start: ISO 8601, epoch or -7d; default: the oldest sample' },
  to: { value: 'TIME', description: 'end, not included; default: after the newest sample' },
  format: {
    value: 'csv|jsonl|prometheus',
    description: 'csv (default), jsonl: an object a sample, prometheus: OpenMetrics text with timestamps',
  },
  output: {
    value: 'FILE',
    description: 'a file that only you can read, in place of stdout; it is replaced at the end',
  },
};
