import { vi } from 'vitest';
import { runCommandLine } from '../../src/cli/run.ts';

export interface RanCommandLine {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process. */
export async function runInProcess(...argv: string[]): Promise<RanCommandLine> {
  // Each run's logger listens.
  const listeners = process.stderr.listeners('error');
  let stdout = '';
  let stderr = '';
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
  try {
    const code = await runCommandLine(argv);
    return { code, stdout, stderr };
  } finally {
    out.mockRestore();
    err.mockRestore();
    for (const listener of process.stderr.listeners('error'))
      if (!listeners.includes(listener)) process.stderr.off('error', listener as () => void);
  }
}
