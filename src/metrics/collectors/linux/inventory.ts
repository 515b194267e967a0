import { existsSync, readFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { safeName } from '../../../core/text.ts';
import type { HostInventory } from '../collector-source.ts';

const maxFileChars = 256 * 1024;

/** What a Linux host says about itself in /proc, /etc and /sys. */
export function readInventory(root: string): HostInventory {
  const text = (path: string) => readText(join(root, path));
  const cpuinfo = text('proc/cpuinfo');
  const virtualization = findVirtualization(root, text, cpuinfo);
  return {
    hostname: name(text('proc/sys/kernel/hostname')),
    os: name(osName(text('etc/os-release') || text('usr/lib/os-release'))),
    kernel: name(text('proc/sys/kernel/osrelease')),
    // Kernels before 6.1 do not tell it.
    architecture: name(text('proc/sys/kernel/arch')) || arch(),
    cpuModel: name(/^(?:model name|Model|Hardware|cpu model)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? ''),
    cpuCount: countMatches(text('proc/stat'), /^cpu\d+ /gm),
    memoryBytes: matchedNumber(text('proc/meminfo'), /^MemTotal:\s*(\d{1,15}) kB/m) * 1024,
    bootTimeMs: matchedNumber(text('proc/stat'), /^btime (\d{1,12})$/m) * 1000,
    ...(virtualization === null ? {} : { virtualization }),
  };
}

/** Vendors in /sys/class/dmi/id, as systemd-detect-virt tells them apart. */
const hypervisors: readonly (readonly [RegExp, string])[] = [
  [/KVM|Google|OpenStack|DigitalOcean|Hetzner|Amazon EC2/i, 'kvm'],
  [/VMware/i, 'vmware'],
  [/innotek|VirtualBox|Oracle Corporation.*VirtualBox/i, 'virtualbox'],
  [/Microsoft Corporation/i, 'hyperv'],
  [/Xen/i, 'xen'],
  [/QEMU|Bochs/i, 'qemu'],
  [/Parallels/i, 'parallels'],
];

function findVirtualization(root: string, text: (path: string) => string, cpuinfo: string): string | null {
  if (existsSync(join(root, '.dockerenv'))) return 'docker';
  if (existsSync(join(root, 'run/.containerenv'))) return 'podman';
  const container = name(text('run/systemd/container'));
  if (container !== '') return container;
  const vendor = `${text('sys/class/dmi/id/sys_vendor')} ${text('sys/class/dmi/id/product_name')}`;
  const isVirtual = /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo);
  // Microsoft and Google sell bare metal too: the processor's flag decides where it can be read.
  if (cpuinfo.includes('flags') && !isVirtual) return null;
  return hypervisors.find(([pattern]) => pattern.test(vendor))?.[1] ?? (isVirtual ? 'vm' : null);
}

function osName(release: string): string {
  const quoted = /^PRETTY_NAME=(.*)$/m.exec(release)?.[1] ?? /^NAME=(.*)$/m.exec(release)?.[1] ?? 'Linux';
  return quoted.trim().replace(/^(["'])(.*)\1$/, '$2');
}

function matchedNumber(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? Number.NaN);
}

function countMatches(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length || Number.NaN;
}

function name(text: string): string {
  return safeName(text.trim());
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(0, maxFileChars);
  } catch {
    return '';
  }
}
