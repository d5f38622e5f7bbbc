import { assert, suite } from '@vcenter-listener/test-support';
import { startTestVCenter } from './test-vcenter.ts';
import { type TestUpdateSet, VimTestClient } from './vim-test-client.ts';

suite('a vCenter with 5,000 VMs', (test) => {
  test('is read in 50 pages without a VM twice, and 1,000 migrations while it is read are not lost', async () => {
    const simulator = await startTestVCenter();
    for (let i = 2; i <= 5_000; i++) simulator.addVm(`node-${i}`, { host: `esx-${1 + (i % 4)}` });
    const client = await VimTestClient.loggedIn(simulator);
    const collector = await client.watch({ VirtualMachine: ['name', 'runtime.host'] });

    const hosts = new Map<string, string | undefined>();
    let version = '';
    const take = (answer: TestUpdateSet | undefined): TestUpdateSet | undefined => {
      for (const { id, changes } of answer?.updates ?? []) hosts.set(id, changes['runtime.host']);
      version = answer?.version ?? version;
      return answer;
    };
    let pages = 1;
    let entered = 0;
    for (let page = take(await client.wait(collector, '')); page; page = take(await client.wait(collector, version))) {
      entered += page.updates.filter(({ kind }) => kind === 'enter').length;
      if (pages === 50) assert.is(page.truncated, false);
      for (let i = 0; i < 20; i++) simulator.migrate(`node-${pages * 20 + i}`, `esx-${1 + (pages % 4)}`);
      if (pages++ === 50) break;
    }
    assert.equal([entered, hosts.size], [5_000, 5_000]);
    while (take(await client.wait(collector, version)));

    const ids: Readonly<Record<string, string>> = {
      'esx-1': 'host-6',
      'esx-2': 'host-7',
      'esx-3': 'host-9',
      'esx-4': 'host-10',
    };
    for (const { moid, host } of simulator.truth()) assert.is(hosts.get(moid), ids[host]);
    await simulator.stop();
  });
});
