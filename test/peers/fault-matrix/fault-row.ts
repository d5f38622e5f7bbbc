import { assert } from '@vcenter-listener/test-support';
import type { Toxiproxy } from '../index.ts';
import { Scene, type SceneOptions } from './scene.ts';

/** A row of the fault matrix in docs/reliability.md. */
export interface FaultRow {
  /** The test's name: a sentence. */
  readonly name: string;
  readonly run: (toxiproxy: Toxiproxy) => Promise<void>;
}

export interface FaultOptions extends SceneOptions {
  /** What happens, and how it heals. */
  readonly strike: (scene: Scene) => Promise<void>;
  /** `live`: the stream has been live before; `cold`: `strike` begins it. */
  readonly begins?: 'live' | 'cold';
  /** Logins that the peer may see at most. */
  readonly logins?: number;
  /** Sessions that may live beside ours for a while, because the answer to their Login was lost. */
  readonly lostSessions?: number;
}

/** A row that plays in a scene of its own. */
export function sceneRow(name: string, options: SceneOptions, play: (scene: Scene) => Promise<void>): FaultRow {
  return {
    name,
    run: async (toxiproxy) => {
      const scene = await Scene.start(toxiproxy, options);
      try {
        await play(scene);
      } finally {
        await scene.close();
      }
    },
  };
}

/**
 * A row whose fault strikes while VMs move, and heals. In the end, whatever the fault was: what is known is the
 * truth, nothing was told that did not happen, single moves are told again, and there is one session, which is
 * gone when the stream has ended.
 */
export function faultRow(name: string, options: FaultOptions): FaultRow {
  const { strike, begins = 'live', logins = 1, lostSessions = 0 } = options;
  return sceneRow(name, options, async (scene) => {
    if (begins === 'live') {
      scene.begin();
      await scene.live();
      await scene.mover.moveOneByOne(3);
    }
    await strike(scene);
    await scene.isWell();
    await scene.end();
    assert.is((await scene.control.stats()).sessions, 0, 'sessions that are left');
    const made = await scene.logins();
    assert.ok(made <= logins, `${made} logins, not ${logins}`);
    assert.ok(scene.mostSessions <= 1 + lostSessions, `${scene.mostSessions} sessions at once`);
  });
}
