import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A mounted filesystem that holds data. */
export interface Mount {
  readonly mountpoint: string;
  readonly device: string;
  readonly type: string;
  /** Its data is elsewhere, so that it may stop answering. */
  readonly isRemote: boolean;
}

const maxMountinfoChars = 1024 * 1024;

/** Filesystems without space of their own, and images that are full by design. */
const pseudoTypes = new Set(
  `autofs binfmt_misc bpf cgroup cgroup2 configfs cpuset debugfs devfs devpts devtmpfs efivarfs erofs fusectl hugetlbfs
   iso9660 mqueue nsfs proc procfs pstore ramfs resctrl rootfs rpc_pipefs securityfs selinuxfs squashfs sysfs tracefs
   fuse.lxcfs fuse.portal fuse.gvfsd-fuse fuse.snapfuse fuse.squashfuse`.split(/\s+/),
);

const remoteTypes = /^(nfs|cifs|smb|9p$|afs$|ceph$|glusterfs|lustre|ncp|virtiofs$|fuse\.)/;

/** What the system keeps for itself, layers of containers, and the files that container engines mount from the host. */
const pseudoMountpoints =
  /^\/(dev|proc|sys|run\/(credentials|user|netns|docker|containerd)|var\/lib\/(docker|containers|containerd|kubelet)|snap|etc\/(hosts|hostname|resolv\.conf)$)($|\/)/;

/** The filesystems of /proc/self/mountinfo (proc(5)) worth watching, each once, in the order they were mounted. */
export function readMounts(root: string): Mount[] {
  return parseMounts(readMountinfo(root));
}

/** As {@link readMounts}, from the text of mountinfo; damaged lines are passed over. */
export function parseMounts(mountinfo: string): Mount[] {
  const byMountpoint = new Map<string, Mount & { readonly deviceNumber: string }>();
  for (const line of mountinfo.split('\n')) {
    const mount = parseLine(line);
    // A later mount on the same place hides the earlier one.
    if (mount !== null) byMountpoint.set(mount.mountpoint, mount);
  }
  const byDevice = new Map<string, Mount>();
  for (const { deviceNumber, ...mount } of byMountpoint.values()) {
    const seen = byDevice.get(deviceNumber);
    // Bind mounts show one filesystem at many places: the shortest path is the filesystem's own.
    if (seen === undefined || mount.mountpoint.length < seen.mountpoint.length) byDevice.set(deviceNumber, mount);
  }
  return [...byDevice.values()];
}

/** `36 35 98:0 /root /mountpoint rw,noatime master:1 - ext4 /dev/sda1 rw`, any number of fields before the dash. */
function parseLine(line: string): (Mount & { readonly deviceNumber: string }) | null {
  const [before = '', after] = line.split(' - ', 2);
  const [, , deviceNumber, , rawMountpoint] = before.split(' ');
  const [type, rawDevice] = (after ?? '').split(' ');
  if (!deviceNumber || !rawMountpoint || !type || !rawDevice) return null;
  const mountpoint = decodeOctal(rawMountpoint);
  if (!mountpoint.startsWith('/') || pseudoTypes.has(type) || pseudoMountpoints.test(mountpoint)) return null;
  if (type === 'overlay' && mountpoint !== '/') return null;
  return { deviceNumber, mountpoint, device: decodeOctal(rawDevice), type, isRemote: remoteTypes.test(type) };
}

/** The kernel writes blanks, tabs, newlines and backslashes in paths as `\040` and so on. */
function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** When the root of another machine or of the host is mounted, its first process knows its mounts, as in node_exporter. */
function readMountinfo(root: string): string {
  const candidates = root === '/' ? ['proc/self/mountinfo'] : ['proc/1/mountinfo', 'proc/self/mountinfo'];
  for (const path of candidates) {
    try {
      return readFileSync(join(root, path), 'utf8').slice(0, maxMountinfoChars);
    } catch {
      // The next candidate may be readable.
    }
  }
  return '';
}
