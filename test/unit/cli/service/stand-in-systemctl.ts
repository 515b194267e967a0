import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { vi } from 'vitest';

// Stands for systemd: keeps each unit's state in files, answers as `systemctl show` does, and records its calls.
const standIn = `#!/bin/sh
[ "$1 $2 $3" = "--user --no-pager --no-ask-password" ] || exit 99
shift 3
echo "$*" >> "$STAND_IN/calls"
if [ -e "$STAND_IN/no-bus" ]; then echo "Failed to connect to bus: No medium found" >&2; exit 1; fi
pid() { echo $(($(cat "$STAND_IN/pid" 2>/dev/null || echo 100) + 1)) > "$STAND_IN/pid"; }
start() { if [ -e "$STAND_IN/fails" ]; then echo failed > "$STAND_IN/state"; else echo active > "$STAND_IN/state"; pid; fi; }
case "$1" in
show)
  if [ "$2" = --property=Version ]; then echo "Version=252.38-1~deb12u1"; exit 0; fi
  state=$(cat "$STAND_IN/state" 2>/dev/null || echo inactive)
  echo "ActiveState=$state"
  case $state in
  active) echo SubState=running; echo "ActiveEnterTimestamp=Tue 2026-11-24 01:00:00 UTC"; echo "MainPID=$(cat "$STAND_IN/pid")" ;;
  failed) echo SubState=failed; echo ActiveEnterTimestamp=; echo MainPID=0 ;;
  *) echo SubState=dead; echo ActiveEnterTimestamp=; echo MainPID=0 ;;
  esac
  echo "UnitFileState=$(cat "$STAND_IN/enabled" 2>/dev/null)" ;;
daemon-reload) ;;
enable) echo enabled > "$STAND_IN/enabled"; [ "$(cat "$STAND_IN/state" 2>/dev/null)" = active ] || start ;;
restart) start ;;
disable) rm -f "$STAND_IN/enabled"; echo inactive > "$STAND_IN/state" ;;
*) echo "Unknown command verb $1." >&2; exit 1 ;;
esac
`;

/** Makes it the `systemctl` of this test, with its files in `folder`; `change` edits its script. */
export function putOnPath(folder: string, change: (script: string) => string = (script) => script): void {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'systemctl'), change(standIn));
  chmodSync(join(bin, 'systemctl'), 0o755);
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`);
  vi.stubEnv('STAND_IN', folder);
}
