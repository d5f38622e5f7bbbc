import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { VcenterOptions } from '../index.ts';

const run = promisify(execFile);
const ip = (...words: string[]) => run('ip', words);

let networks = 0;

/**
 * A network namespace for one vCenter, with a cable to it that can be pulled, and another one for its control
 * endpoint. Needs root.
 */
export class SilentNetwork {
  readonly #name: string;
  readonly #addresses: { readonly ours: string; readonly theirs: string; readonly control: string };

  private constructor(name: string, subnet: number) {
    this.#name = name;
    this.#addresses = { ours: `10.211.${subnet}.1`, theirs: `10.211.${subnet}.2`, control: `10.211.${subnet}.6` };
  }

  /** @throws Error when the machine or the user does not allow it */
  static async create(): Promise<SilentNetwork> {
    const subnet = networks++;
    // Not longer than 15 characters: names of network interfaces.
    const network = new SilentNetwork(`vl${process.pid}-${subnet}`, subnet);
    await ip('netns', 'add', network.#name);
    try {
      await network.#cable('d', `10.211.${subnet}.1/30`, `10.211.${subnet}.2/30`);
      await network.#cable('c', `10.211.${subnet}.5/30`, `10.211.${subnet}.6/30`);
    } catch (error) {
      await network.remove();
      throw error;
    }
    return network;
  }

  /** For a vCenter that is to live in it. */
  get place(): VcenterOptions {
    const { theirs, control } = this.#addresses;
    return { networkNamespace: this.#name, listen: `${theirs}:0`, controlListen: `${control}:0` };
  }

  /** From now on every packet is lost, both ways, and nobody is told. */
  async pull(): Promise<void> {
    await ip('-n', this.#name, 'link', 'set', `${this.#name}d`, 'down');
  }

  async plugIn(): Promise<void> {
    await ip('-n', this.#name, 'link', 'set', `${this.#name}d`, 'up');
  }

  /** From now on vCenter hears everything, and its answers are lost. */
  async loseAnswers(): Promise<void> {
    await ip('-n', this.#name, 'route', 'add', 'blackhole', `${this.#addresses.ours}/32`);
  }

  async bringAnswers(): Promise<void> {
    await ip('-n', this.#name, 'route', 'del', 'blackhole', `${this.#addresses.ours}/32`);
  }

  /** The cables go with it. */
  async remove(): Promise<void> {
    await ip('netns', 'del', this.#name);
  }

  async #cable(kind: string, ours: string, theirs: string): Promise<void> {
    const [outside, inside] = [`${this.#name}${kind}o`, `${this.#name}${kind}`];
    await ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', this.#name);
    await ip('addr', 'add', ours, 'dev', outside);
    await ip('link', 'set', outside, 'up');
    await ip('-n', this.#name, 'addr', 'add', theirs, 'dev', inside);
    await ip('-n', this.#name, 'link', 'set', inside, 'up');
  }
}
