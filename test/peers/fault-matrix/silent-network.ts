import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { VcenterOptions } from '../index.ts';

const run = promisify(execFile);
const ip = (...words: string[]) => run('ip', words);

let networks = 0;

/**
 * A network namespace for one vCenter or proxy, with a cable to it that can be pulled, and another one for its
 * control endpoint. Needs root.
 */
export class SilentNetwork {
  readonly #name: string;
  /** Its address with a number at its end. */
  readonly #address: (host: 1 | 2 | 5 | 6) => string;

  private constructor(number: number) {
    // Not longer than 15 characters: names of network interfaces.
    this.#name = `vl${process.pid}-${number}`;
    // Of 198.18.0.0/15, which no network uses (RFC 2544); another one for each process of this machine.
    const first = (process.pid % 2048) * 64 + (number % 8) * 8;
    const bytes = (host: number) => [
      198,
      18 + ((first + host) >> 16),
      ((first + host) >> 8) & 255,
      (first + host) & 255,
    ];
    this.#address = (host) => bytes(host).join('.');
  }

  /** @throws Error when the machine or the user does not allow it */
  static async create(): Promise<SilentNetwork> {
    const network = new SilentNetwork(networks++);
    await ip('netns', 'add', network.#name);
    try {
      await network.#cable('d', network.#address(1), network.#address(2));
      await network.#cable('c', network.#address(5), network.#address(6));
    } catch (error) {
      await network.remove();
      throw error;
    }
    return network;
  }

  /** For a vCenter that is to live in it. */
  get place(): VcenterOptions {
    const [listen, controlListen] = [`${this.#address(2)}:0`, `${this.#address(6)}:0`];
    return { networkNamespace: this.#name, listen, controlListen };
  }

  /** For a proxy that is to live in it: whom it serves finds it at `listen`, and it finds this machine at `outside`. */
  get relay(): { networkNamespace: string; listen: string; host: string; outside: string } {
    const [listen, host, outside] = [`${this.#address(2)}:0`, this.#address(6), this.#address(5)];
    return { networkNamespace: this.#name, listen, host, outside };
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
    await ip('-n', this.#name, 'route', 'add', 'blackhole', `${this.#address(1)}/32`);
  }

  async bringAnswers(): Promise<void> {
    await ip('-n', this.#name, 'route', 'del', 'blackhole', `${this.#address(1)}/32`);
  }

  /** The cables go with it. */
  async remove(): Promise<void> {
    await ip('netns', 'del', this.#name);
  }

  async #cable(kind: string, ours: string, theirs: string): Promise<void> {
    const [outside, inside] = [`${this.#name}${kind}o`, `${this.#name}${kind}`];
    await ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', this.#name);
    await ip('addr', 'add', `${ours}/30`, 'dev', outside);
    await ip('link', 'set', outside, 'up');
    await ip('-n', this.#name, 'addr', 'add', `${theirs}/30`, 'dev', inside);
    await ip('-n', this.#name, 'link', 'set', inside, 'up');
  }
}
