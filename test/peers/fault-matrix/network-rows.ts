import { until } from '@vcenter-listener/test-support';
import { ConnectionError } from '@vcenter-listener/vsphere-events';
import { type FaultRow, faultRow } from './fault-row.ts';
import { patience, type Scene } from './scene.ts';

/** Several pages. */
const large = { vms: 450 };
/** Bytes of about one and a half pages, with all that comes before them. */
const oneAndAHalfPages = 240_000;

const silent = { type: 'timeout', attributes: { timeout: 0 } } as const;

/** Begins the stream, and resolves in the middle of its first read. */
async function beginsToRead(scene: Scene): Promise<void> {
  await scene.proxy.add({ type: 'bandwidth', attributes: { rate: 100 }, stream: 'downstream' });
  scene.begin();
  await until('the first page', () => scene.pages > 0, patience);
}

const halfOpen = (
  [
    ['upwards', { stream: 'upstream' }],
    ['downwards', { stream: 'downstream' }],
    ['either way', {}],
  ] as const
).map(([way, direction]) =>
  faultRow(`nothing passes ${way} while live`, {
    strike: async (scene) => {
      await scene.interrupts(ConnectionError, () => scene.proxy.add({ ...silent, ...direction }));
      await scene.proxy.clear();
    },
  }),
);

/** What toxiproxy does between the stream and vCenter. */
export const networkRows: readonly FaultRow[] = [
  faultRow('connections are refused', {
    strike: async (scene) => {
      await scene.interrupts(ConnectionError, () => scene.proxy.setUp(false), { times: 3 });
      await scene.proxy.setUp(true);
    },
  }),
  ...halfOpen,
  faultRow('nothing passes any more in the middle of the first read', {
    vcenter: large,
    begins: 'cold',
    strike: async (scene) => {
      await beginsToRead(scene);
      await scene.interrupts(ConnectionError, () => scene.proxy.add(silent));
      await scene.proxy.clear();
    },
  }),
  faultRow('connections are reset', {
    strike: async (scene) => {
      const reset = { type: 'reset_peer', attributes: { timeout: 0 } } as const;
      await scene.interrupts(ConnectionError, () => scene.proxy.add(reset), { times: 3 });
      await scene.proxy.clear();
    },
  }),
  faultRow('an answer is cut in the middle of the first read', {
    vcenter: large,
    begins: 'cold',
    strike: async (scene) => {
      const cut = { type: 'limit_data', attributes: { bytes: oneAndAHalfPages }, stream: 'downstream' } as const;
      await scene.proxy.add(cut);
      await scene.interrupts(ConnectionError, () => scene.begin(), { times: 3 });
      await scene.proxy.clear();
    },
  }),
  faultRow('an answer is cut while live', {
    strike: async (scene) => {
      const cut = { type: 'limit_data', attributes: { bytes: 800 }, stream: 'downstream' } as const;
      await scene.interrupts(ConnectionError, () => scene.proxy.add(cut), { times: 3 });
      await scene.proxy.clear();
    },
  }),
  faultRow('the network is narrow, from the beginning', {
    vcenter: large,
    begins: 'cold',
    strike: async (scene) => {
      await scene.proxy.add({ type: 'bandwidth', attributes: { rate: 100 } });
      scene.begin();
      await scene.live();
      await scene.mover.moveOneByOne(5, patience);
      await scene.proxy.clear();
    },
  }),
  faultRow('the network is slow and jitters', {
    strike: async (scene) => {
      await scene.proxy.add({ type: 'latency', attributes: { latency: 300, jitter: 200 } });
      await scene.mover.moveOneByOne(5, patience);
      await scene.proxy.clear();
    },
  }),
];
