import { assert } from '@vcenter-listener/test-support';
import { ConnectionError, InvalidLoginError, LoginGuard, VSphereError } from '@vcenter-listener/vsphere-events';
import type { FaultRow } from './fault-row.ts';
import { Scene } from './scene.ts';

const count = 20;
const vcenter = { clusters: 1, hosts: 3, vms: 20 };

/** Several vCenters in one process, with one account for all of them. */
export const manyRows: readonly FaultRow[] = [
  {
    name: 'twenty vCenters, of which one is slow, one is down and one refuses the password',
    run: async (toxiproxy) => {
      const loginGuard = new LoginGuard();
      const scenes: Scene[] = [];
      let password = 'wrong';
      try {
        for (let i = 0; i < count; i++) {
          const credentials = () => ({ username: 'administrator@vsphere.local', password });
          const watch = { name: `vcenter-${i}`, loginGuard, ...(i === 2 && { credentials }) };
          scenes.push(await Scene.start(toxiproxy, { vcenter, watch, mover: { paceMs: 200 } }));
        }
        const [slow, down, refused, ...others] = scenes as [Scene, Scene, Scene, ...Scene[]];
        await slow.proxy.add({ type: 'latency', attributes: { latency: 2_000 } });
        await down.proxy.setUp(false);
        const ill = [
          down.interrupts(ConnectionError, () => {}, { times: 5 }),
          refused.interrupts(InvalidLoginError, () => {}),
        ];
        for (const scene of scenes) scene.begin();

        await Promise.all(others.map((scene) => scene.live()));
        await Promise.all([...ill, ...others.map((scene) => scene.mover.moveOneByOne(3))]);
        for (const { interruptions } of others) assert.is(interruptions, 0);

        await Promise.all([slow.proxy.clear(), down.proxy.setUp(true)]);
        password = refused.vcenter.password;
        await Promise.all(scenes.map((scene) => scene.isWell()));
        await Promise.all(scenes.map((scene) => scene.end()));
        for (const scene of scenes) {
          const { sessions, calls } = await scene.control.stats();
          assert.is(sessions, 0);
          assert.is(calls.Login, scene === refused ? 2 : 1);
          assert.is(scene.mostSessions, 1);
        }
      } finally {
        await Promise.all(scenes.map((scene) => scene.close()));
      }
    },
  },
  {
    name: 'ten vCenters refuse the password of one account at once, and then it is changed',
    run: async (toxiproxy) => {
      const loginGuard = new LoginGuard({ windowMs: 5_000 });
      let password = 'wrong';
      const watch = { loginGuard, credentials: () => ({ username: 'administrator@vsphere.local', password }) };
      const scenes: Scene[] = [];
      const logins = async () => (await Promise.all(scenes.map((scene) => scene.logins()))).reduce((a, b) => a + b);
      try {
        for (let i = 0; i < 10; i++)
          scenes.push(await Scene.start(toxiproxy, { vcenter, watch, mover: { paceMs: 200 } }));
        await Promise.all(scenes.map((scene) => scene.interrupts(VSphereError, () => scene.begin())));
        assert.is(await logins(), 4, 'vCenter locks an account after the fifth');
        password = scenes[0]?.vcenter.password ?? '';
        await Promise.all(scenes.map((scene) => scene.isWell()));
        assert.is(await logins(), 4 + scenes.length);
        await Promise.all(scenes.map((scene) => scene.end()));
        for (const scene of scenes) assert.is((await scene.control.stats()).sessions, 0);
      } finally {
        await Promise.all(scenes.map((scene) => scene.close()));
      }
    },
  },
];
