import { until } from '@vcenter-listener/test-support';
import { ConnectionError } from '@vcenter-listener/vsphere-events';
import type { VcenterOptions } from '../index.ts';
import { type FaultOptions, type FaultRow, faultRow } from './fault-row.ts';
import { patience, type Scene } from './scene.ts';
import { SilentNetwork } from './silent-network.ts';

type SilentOptions = Omit<FaultOptions, 'strike'> & {
  readonly vcenter?: VcenterOptions;
  readonly strike: (scene: Scene, network: SilentNetwork) => Promise<void>;
};

/** A row whose vCenter is at the end of a cable that can be pulled. */
function silentRow(name: string, { strike, ...options }: SilentOptions): FaultRow {
  return {
    name,
    run: async (toxiproxy) => {
      const network = await SilentNetwork.create();
      try {
        const row = faultRow(name, {
          ...options,
          vcenter: { ...options.vcenter, ...network.place },
          between: 'nothing',
          strike: (scene) => strike(scene, network),
        });
        await row.run(toxiproxy);
      } finally {
        await network.remove();
      }
    },
  };
}

/** Packets that are lost without a word. */
export const silenceRows: readonly FaultRow[] = [
  silentRow('every packet is lost while live', {
    strike: async (scene, network) => {
      await scene.interrupts(ConnectionError, () => network.pull());
      await network.plugIn();
    },
  }),
  silentRow('every packet is lost for longer than a connection may take to be made', {
    strike: async (scene, network) => {
      await scene.interrupts(ConnectionError, () => network.pull(), { times: 3 });
      await network.plugIn();
    },
  }),
  silentRow('the answers are lost, the requests arrive', {
    strike: async (scene, network) => {
      await scene.interrupts(ConnectionError, () => network.loseAnswers(), { times: 2 });
      await network.bringAnswers();
    },
  }),
  faultRow('a firewall forgets the connections that are open', {
    between: 'firewall',
    strike: async (scene) => {
      await scene.interrupts(ConnectionError, () => scene.firewall.forget());
    },
  }),
  silentRow('every packet is lost in the middle of the first read', {
    vcenter: { vms: 450 },
    begins: 'cold',
    strike: async (scene, network) => {
      scene.begin();
      await until('the first page', () => scene.pages > 0, patience);
      await network.pull();
      await scene.interrupts(ConnectionError, () => {});
      await network.plugIn();
    },
  }),
];
