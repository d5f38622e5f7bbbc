/**
 * Prints how many virtual machines each host has, and again for each host where that changes, at most twice a
 * second; Ctrl-C logs out and ends.
 *
 *     export VCENTER_URL=https://vcenter.example.com/sdk VCENTER_USERNAME=reader@vsphere.local VCENTER_PASSWORD=...
 *     node examples/vms-per-host.ts
 *
 * VCENTER_THUMBPRINT: SHA-256 of a certificate that is to be trusted though no known CA has signed it.
 */
import { environmentCredentials, type Inventory, watchInventory } from '@vcenter-listener/vsphere-events';
import { auditTime, filter } from 'rxjs';

const { VCENTER_URL = '', VCENTER_THUMBPRINT } = process.env;
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());

const events = watchInventory({
  endpoint: new URL(VCENTER_URL),
  credentials: environmentCredentials({ username: 'VCENTER_USERNAME', password: 'VCENTER_PASSWORD' }),
  ...(VCENTER_THUMBPRINT && { trust: { thumbprint: VCENTER_THUMBPRINT } }),
  signal: stop.signal,
});

let printed = new Map<string, string>();
events
  .pipe(
    filter((event) => event.type === 'updated'),
    // While everything is being read for the first time, there are too few.
    filter(({ verifiedAt }) => verifiedAt !== undefined),
    // Not debounceTime: in a vCenter that never rests it would never print.
    auditTime(500),
  )
  .subscribe(({ inventory }) => {
    const lines = vmsPerHost(inventory);
    for (const [host, line] of lines) if (printed.get(host) !== line) console.log(line);
    printed = lines;
  });

events.pipe(filter((event) => event.type === 'interrupted')).subscribe(({ error }) => console.error(error.message));

/** By the host's id; templates run nowhere. */
function vmsPerHost({ hosts, vms }: Inventory): Map<string, string> {
  const counts = new Map<string | undefined, number>();
  for (const { host, template } of vms.values()) if (!template) counts.set(host, (counts.get(host) ?? 0) + 1);
  return new Map([...hosts.values()].map(({ moid, name }) => [moid, `${name ?? moid} ${counts.get(moid) ?? 0}`]));
}
