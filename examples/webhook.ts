/**
 * Posts each migration as JSON to WEBHOOK_URL: {"vcenter", "vm", "moid", "from", "to"}; Ctrl-C logs out and ends.
 *
 *     export VCENTER_URL=https://vcenter.example.com/sdk VCENTER_USERNAME=reader@vsphere.local VCENTER_PASSWORD=...
 *     WEBHOOK_URL=https://hooks.example.com/migrations node examples/webhook.ts
 *
 * One after the other, each until it is taken (2xx) or refused (4xx). What waits meanwhile is folded: of each machine
 * one migration, from where it was to where it is. What was not posted when this ends is lost.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  environmentCredentials,
  foldWhileBusy,
  type InventoryUpdated,
  watchInventory,
} from '@vcenter-listener/vsphere-events';
import { filter } from 'rxjs';

const { VCENTER_URL = '', VCENTER_THUMBPRINT, WEBHOOK_URL = '' } = process.env;
const webhook = new URL(WEBHOOK_URL);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());

const events = watchInventory({
  endpoint: new URL(VCENTER_URL),
  credentials: environmentCredentials({ username: 'VCENTER_USERNAME', password: 'VCENTER_PASSWORD' }),
  ...(VCENTER_THUMBPRINT && { trust: { thumbprint: VCENTER_THUMBPRINT } }),
  signal: stop.signal,
});
events.pipe(foldWhileBusy(postMigrations)).subscribe();
events.pipe(filter((event) => event.type === 'interrupted')).subscribe(({ error }) => console.error(error.message));

async function postMigrations({ vcenter, inventory, changes }: InventoryUpdated): Promise<void> {
  const nameOf = (host = '') => inventory.hosts.get(host)?.name ?? host;
  for (const change of changes) {
    if (change.type !== 'vmMoved') continue;
    const { moid, name, host } = change.vm;
    await post(JSON.stringify({ vcenter, vm: name, moid, from: nameOf(change.before.host), to: nameOf(host) }));
  }
}

async function post(body: string): Promise<void> {
  for (let waitMs = 500; !stop.signal.aborted; waitMs = Math.min(2 * waitMs, 30_000)) {
    try {
      const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)]);
      const headers = { 'content-type': 'application/json' };
      const { status, ok, body: answer } = await fetch(webhook, { method: 'POST', headers, body, signal });
      await answer?.cancel();
      if (ok) return;
      console.error(`${body} not taken: HTTP ${status}`);
      if (status >= 400 && status < 500 && status !== 408 && status !== 429) return;
    } catch (error) {
      console.error(`${body} not taken: ${error}`);
    }
    await delay(waitMs, undefined, { signal: stop.signal }).catch(() => {});
  }
}
