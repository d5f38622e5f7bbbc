import type { KubeLane } from './kube-lane.ts';
import { KubeScene, type KubeSceneOptions } from './kube-scene.ts';
import type { Replica } from './replica.ts';

/** A row of the Kubernetes side of the fault matrix in docs/reliability.md. */
export interface KubeRow {
  /** The test's name: a sentence. */
  readonly name: string;
  /** @returns figures, in words */
  readonly run: (lane: KubeLane) => Promise<readonly string[]>;
}

/** A row that plays in a scene of its own. What it does to the lane it takes back. */
export function kubeSceneRow(
  name: string,
  options: KubeSceneOptions,
  play: (scene: KubeScene) => Promise<void>,
): KubeRow {
  return {
    name,
    run: async (lane) => {
      const scene = await KubeScene.start(lane, options);
      try {
        await play(scene);
        return scene.figures;
      } catch (error) {
        console.error(`${name}: failed. The end of what was logged:\n${scene.lastWords()}`);
        throw error;
      } finally {
        await scene.close();
        await lane.clear();
      }
    },
  };
}

/**
 * A row whose fault strikes while one replica labels and VMs move, and heals. In the end, whatever the fault was:
 * every label is true, no patch was sent that was not needed, nothing else of the Nodes has changed, and there is one
 * session at vCenter, which is gone when the program has ended.
 */
export function kubeFaultRow(
  name: string,
  options: KubeSceneOptions,
  strike: (scene: KubeScene, replica: Replica) => Promise<void>,
): KubeRow {
  return kubeSceneRow(name, options, async (scene) => {
    const replica = await scene.startReplica();
    await scene.labelsAreTrue();
    await scene.moveOneByOne(3);
    await strike(scene, replica);
    await scene.isWell();
    await scene.moveOneByOne(3);
    await scene.booksBalance();
    await scene.end();
  });
}
