/**
 * Makes test/fixtures/recordings/storm.ndjson.gz and storm.json anew: `npx node test/peers/record-fixture.ts`, after
 * `npx node test/peers/build.ts`. It is a recording of `watch --record` from govmomi's simulator, with storms of
 * migrations, names that change, machines that come and go, faults, and sessions that end; beside it stands what was
 * done, and what is true at the end.
 */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { until } from '@vcenter-listener/test-support';
import { Listener } from '../e2e/listener.ts';
import { startVcenter, type VcenterControl } from './index.ts';

const deadlineMs = 30_000;
const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/recordings/${name}`, import.meta.url));

/** What happens to the vCenter, by numbers that are the same every time. */
class Storm {
  /** Ids of machines, and names of the hosts that they were moved to. */
  readonly moves: { vm: string; host: string }[] = [];
  readonly #control: VcenterControl;
  readonly #listener: Listener;
  /** Ids of the machines by name. */
  readonly #moids = new Map<string, string>();
  #hosts: string[] = [];
  #seed = 1;
  #marks = 0;

  constructor(control: VcenterControl, listener: Listener) {
    this.#control = control;
    this.#listener = listener;
  }

  async begin(): Promise<void> {
    for (const { name, moid } of await this.#control.truth()) this.#moids.set(name, moid);
    this.#hosts = Object.values(await this.#control.hosts()).flat();
  }

  async migrate(count: number): Promise<void> {
    const names = [...this.#moids.keys()];
    const moves = Array.from({ length: count }, () => ({ vm: this.#any(names), host: this.#any(this.#hosts) }));
    for (const { vm, host } of await this.#control.migrateAll(moves)) this.#noteMove(vm, host);
  }

  async add(name: string): Promise<void> {
    const { moid, host } = await this.#control.addVm({ name, host: this.#any(this.#hosts) });
    this.#moids.set(name, moid);
    this.#noteMove(name, host);
  }

  async remove(name: string): Promise<void> {
    await this.#control.removeVm(name);
    this.#moids.delete(name);
  }

  async rename(name: string, to: string): Promise<void> {
    await this.#control.setVm(name, { to });
    this.#moids.set(to, this.#moids.get(name) ?? '');
    this.#moids.delete(name);
  }

  async renameHost(name: string, to: string): Promise<void> {
    await this.heard();
    await this.#control.setHost(name, { to });
    this.#hosts = this.#hosts.map((host) => (host === name ? to : host));
    await this.heard();
  }

  /** Waits until the listener knows of everything that was done. */
  async heard(): Promise<void> {
    const uuid = `00000000-0000-4000-8000-${String(++this.#marks).padStart(12, '0')}`;
    await this.#control.setVm('node-00001', { uuid });
    await until(`${uuid} is heard of`, () => this.#listener.stdout.includes(`"to":"${uuid}"`), { deadlineMs });
  }

  #noteMove(name: string, host: string): void {
    this.moves.push({ vm: this.#moids.get(name) ?? '', host });
  }

  #any(choices: readonly string[]): string {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return choices[this.#seed % choices.length] ?? '';
  }
}

rmSync(fixture('storm.ndjson.gz'), { force: true });
const vcenter = await startVcenter({ vms: 120, clusters: 2, hosts: 4, collector: 'fast', tick: '5ms' });
const { url, username, password, control } = vcenter;
const listener = new Listener(['watch', '--record', fixture('storm.ndjson.gz')], {
  GOVMOMI_URL: url,
  GOVMOMI_USERNAME: username,
  GOVMOMI_PASSWORD: password,
});
try {
  const syncs = () => listener.stdout.split('"vcenter.synced"').length - 1;
  const synced = (times: number) => until(`${times} syncs`, () => syncs() >= times, { deadlineMs });
  const storm = new Storm(control, listener);
  await storm.begin();
  await synced(1);

  await storm.migrate(40);
  await storm.heard();
  for (let i = 2; i < 12; i++) {
    await storm.rename(`node-${String(i).padStart(5, '0')}`, `renamed-${i} & <co> 😀`);
    await storm.add(`new-${i}`);
    await storm.migrate(3);
  }
  await storm.renameHost('esx-0002.lab.example', 'esx-1002.lab.example');
  await control.renameCluster('DC0_C1', 'Production');
  await control.renameDatacenter('DC0', 'Berlin');
  await control.setHost('esx-0003.lab.example', { maintenance: true });

  // What happens while nobody listens shows after the sync, and only what differs then.
  await control.endSessions();
  await storm.migrate(30);
  for (const name of ['new-3', 'new-4', 'node-00020', 'node-00021']) await storm.remove(name);
  await storm.add('while-away');
  await synced(2);
  await storm.heard();

  await control.addFault({ MethodName: 'WaitForUpdatesEx', fault: 'InvalidCollectorVersion', MaxCount: 1 });
  await storm.migrate(30);
  await synced(3);
  await control.addFault({ MethodName: 'WaitForUpdatesEx', fault: 'SystemError', MaxCount: 2 });
  await storm.migrate(30);
  await storm.remove('new-5');
  await storm.add('new-5');
  await storm.heard();
  for (let i = 0; i < 20; i++) await storm.migrate(2);
  await control.setVm('node-00030', { power: 'poweredOff' });
  await control.setVm('node-00031', { connection: 'disconnected' });
  await storm.heard();

  const code = await listener.stop();
  if (code !== 0) throw new Error(`the listener ended with ${code}: ${listener.stderr}`);
  const truth = { vms: await control.truth(), moves: storm.moves };
  writeFileSync(fixture('storm.json'), `${JSON.stringify(truth, null, 2)}\n`);
  const interruptions = listener.stdout.split('"vcenter.interrupted"').length - 1;
  const seen = listener.stdout.split('"vm.moved"').length - 1;
  console.log(`${storm.moves.length} moves made, ${seen} seen, ${syncs()} syncs, ${interruptions} interruptions`);
  console.log(`${statSync(fixture('storm.ndjson.gz')).size} bytes`);
} finally {
  listener.kill('SIGKILL');
  await vcenter.stop();
}
