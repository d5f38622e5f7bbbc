import { assert, until } from '@vcenter-listener/test-support';
import { ConnectionError, type WatchInventoryOptions } from '@vcenter-listener/vsphere-events';
import { type FaultRow, sceneRow } from './fault-row.ts';
import { Ledger } from './ledger.ts';
import { patience, type Scene, type SceneOptions } from './scene.ts';

/** Begins the stream, and resolves when the answer to one method stands in the gate. */
const duringCall = (method: string) => async (scene: Scene) => {
  scene.gate.close(method, 'holdAnswer');
  scene.begin({ signal: scene.unsubscribe.signal });
  await until(`${method} is on its way`, () => scene.gate.arrived[method], patience);
};

const patient: Partial<WatchInventoryOptions> = { retry: { baseMs: 600_000, maxMs: 600_000 }, random: () => 1 };

const states: readonly (readonly [state: string, reach: (scene: Scene) => Promise<void>, options?: SceneOptions])[] = [
  ['while connecting', duringCall('RetrieveServiceContent')],
  ['in the middle of a login', duringCall('Login')],
  ['while the view is made', duringCall('CreateContainerView')],
  ['while the filter is made', duringCall('CreateFilter')],
  ['before the first page', duringCall('WaitForUpdatesEx')],
  [
    'in the middle of a page',
    async (scene) => {
      await scene.proxy.add({ type: 'bandwidth', attributes: { rate: 100 }, stream: 'downstream' });
      scene.begin({ signal: scene.unsubscribe.signal });
      await until('the first page', () => scene.pages > 0, patience);
    },
    { vcenter: { vms: 450 } },
  ],
  [
    'while it waits for changes',
    async (scene) => {
      scene.begin({ signal: scene.unsubscribe.signal });
      await scene.live();
      await scene.mover.pause();
      await until('a poll waits', async () => (await scene.control.stats()).waiting > 0, patience);
    },
  ],
  [
    'in a back-off of minutes',
    async (scene) => {
      scene.begin({ signal: scene.unsubscribe.signal });
      await scene.live();
      await scene.interrupts(ConnectionError, () => scene.proxy.setUp(false));
      await scene.proxy.setUp(true);
    },
    { watch: patient },
  ],
];

const endings = states.flatMap(([state, reach, options]) => [
  sceneRow(`the stream is ended ${state}`, { between: 'gate', ...options }, async (scene) => {
    await reach(scene);
    const ended = scene.end();
    await scene.someTimePasses();
    scene.gate.open();
    await ended;
    assert.is((await scene.control.stats()).sessions, 0);
  }),
  sceneRow(`the last subscriber goes ${state}`, { between: 'gate', ...options }, async (scene) => {
    await reach(scene);
    scene.unsubscribe.abort();
    await scene.someTimePasses();
    scene.gate.open();
    await scene.holds({ sessions: 0, views: 0, collectors: 0 });
  }),
]);

/** How the stream is used, ended and begun again. */
export const clientRows: readonly FaultRow[] = [
  ...endings,
  sceneRow('the stream is begun and ended twenty times', {}, async (scene) => {
    for (let i = 0; i < 20; i++) {
      const unsubscribe = new AbortController();
      scene.begin(unsubscribe);
      await scene.live();
      unsubscribe.abort();
    }
    scene.begin();
    await scene.isWell();
    assert.is(scene.mostSessions, 1);
    assert.is(await scene.logins(), 21);
    await scene.end();
    assert.is((await scene.control.stats()).sessions, 0);
  }),
  sceneRow('two subscribers share one session', {}, async (scene) => {
    const first = new AbortController();
    scene.begin(first);
    await scene.live();
    const late = new Ledger();
    late.begin(await scene.control.truth());
    const subscription = scene.stream.subscribe((event) => late.accept(event));
    await scene.mover.moveOneByOne(3);
    await scene.isWell();
    first.abort();
    await scene.holds({ sessions: 1, views: 1, collectors: 1 });
    const truth = await scene.control.truth();
    assert.equal(late.differences(truth), []);
    assert.is(await scene.logins(), 1);
    subscription.unsubscribe();
    await scene.holds({ sessions: 0, views: 0, collectors: 0 });
  }),
];
