import { assert, until } from '@vcenter-listener/test-support';
import { Listener } from '../../e2e/listener.ts';
import { type FaultRow, sceneRow } from './fault-row.ts';
import { patience, type Scene, type SceneOptions } from './scene.ts';

/** A row in which the program itself watches the scene, as a process of its own. */
function programRow(
  name: string,
  options: SceneOptions,
  play: (scene: Scene, program: Listener) => Promise<void>,
): FaultRow {
  return sceneRow(name, options, async (scene) => {
    const { username, password } = scene.vcenter;
    const program = new Listener(['watch'], {
      GOVMOMI_URL: scene.endpoint.href,
      GOVMOMI_USERNAME: username,
      GOVMOMI_PASSWORD: password,
    });
    try {
      await play(scene, program);
      assert.not.match(program.stdout + program.stderr, password);
    } finally {
      program.kill('SIGKILL');
      await program.exited;
    }
  });
}

async function isFollowed(scene: Scene): Promise<void> {
  await until('a poll waits', async () => (await scene.control.stats()).waiting > 0, patience);
}

/** How the program ends. */
export const programRows: readonly FaultRow[] = [
  programRow('SIGTERM ends the program in the middle of a login', { between: 'gate' }, async (scene, program) => {
    scene.gate.close('Login', 'holdAnswer');
    await until('the session is made', async () => (await scene.control.stats()).sessions === 1, patience);
    program.kill('SIGTERM');
    await scene.someTimePasses();
    scene.gate.open();
    assert.is(await program.exited, 0);
    assert.is((await scene.control.stats()).sessions, 0);
  }),
  programRow('Ctrl-C ends the program while it follows vCenter', {}, async (scene, program) => {
    await isFollowed(scene);
    program.kill('SIGINT');
    assert.is(await program.exited, 0);
    assert.is((await scene.control.stats()).sessions, 0);
  }),
  programRow(
    'the program is killed: its session ends by the idle limit',
    { vcenter: { sessionIdle: '3s' } },
    async (scene, program) => {
      await isFollowed(scene);
      program.kill('SIGKILL');
      await program.exited;
      assert.is((await scene.control.stats()).sessions, 1);
      await scene.holds({ sessions: 0 });
    },
  ),
];
