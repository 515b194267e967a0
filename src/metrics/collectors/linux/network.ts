import { createInstances } from '../instances.ts';
import { isPseudoInterface } from '../pseudo-interfaces.ts';
import { addRate, createRate, type Rate, type Sample } from '../sample.ts';
import type { ProcFile } from './proc-file.ts';

const maxInterfaces = 64;

export interface NetworkReader {
  read(sample: Sample): void;
  /** Interfaces above the limit at the last read. */
  omitted(): number;
}

/**
 * Traffic of the network interfaces from /proc/net/dev, at most 64: no loopback, no pseudo interfaces (veth, docker,
 * bridges of containers, kernel tunnels), and none that has never moved a packet. A bond and its members are shown side
 * by side.
 */
export function createNetworkReader(netDev: ProcFile): NetworkReader {
  const interfaces = createInstances(maxInterfaces, createInterface);
  return {
    read(sample) {
      const scanner = netDev.read();
      if (scanner === null) return;
      interfaces.begin();
      while (scanner.nextLine()) {
        const name = scanner.word();
        if (name === '' || isPseudoInterface(name)) continue;
        const receive = [scanner.number(), scanner.number(), scanner.number(), scanner.number()] as const;
        scanner.skip(4);
        const transmit = [scanner.number(), scanner.number(), scanner.number(), scanner.number()] as const;
        // A packet or more in all; the two lines of headings give NaN.
        if (receive[1] + transmit[1] > 0) addInterface(sample, interfaces.get(name), receive, transmit);
      }
    },
    omitted: interfaces.omitted,
  };
}

type Counts = readonly [bytes: number, packets: number, errors: number, dropped: number];
type Rates = readonly [bytes: Rate, packets: Rate, errors: Rate, dropped: Rate];

interface Interface {
  readonly receive: Rates;
  readonly transmit: Rates;
}

function createInterface(name: string): Interface {
  return { receive: createRates(name, 'receive'), transmit: createRates(name, 'transmit') };
}

function createRates(name: string, direction: string): Rates {
  const labels = { 'network.interface.name': name, 'network.io.direction': direction };
  return [
    createRate('system.network.io', 'By/s', labels),
    createRate('system.network.packets', '{packet}/s', labels),
    createRate('system.network.errors', '{error}/s', labels),
    createRate('system.network.dropped', '{packet}/s', labels),
  ];
}

function addInterface(sample: Sample, target: Interface | null, receive: Counts, transmit: Counts): void {
  if (target === null) return;
  for (const [i, rate] of target.receive.entries()) addRate(sample, rate, receive[i] ?? Number.NaN);
  for (const [i, rate] of target.transmit.entries()) addRate(sample, rate, transmit[i] ?? Number.NaN);
}
