/**
 * Prints a line for each virtual machine that moves to another host; Ctrl-C logs out and ends.
 *
 *     export VCENTER_URL=https://vcenter.example.com/sdk VCENTER_USERNAME=reader@vsphere.local VCENTER_PASSWORD=...
 *     node examples/print-migrations.ts
 *
 * VCENTER_THUMBPRINT: SHA-256 of a certificate that is to be trusted though no known CA has signed it.
 */
import { environmentCredentials, freshness, vmHostChanges, watchInventory } from '@vcenter-listener/vsphere-events';
import { filter } from 'rxjs';

const { VCENTER_URL = '', VCENTER_THUMBPRINT } = process.env;
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());

const events = watchInventory({
  endpoint: new URL(VCENTER_URL),
  credentials: environmentCredentials({ username: 'VCENTER_USERNAME', password: 'VCENTER_PASSWORD' }),
  ...(VCENTER_THUMBPRINT && { trust: { thumbprint: VCENTER_THUMBPRINT } }),
  signal: stop.signal,
});

events
  .pipe(
    vmHostChanges(),
    filter(({ type }) => type === 'moved'),
  )
  .subscribe(({ vm, from, to }) => {
    console.log(`${new Date().toISOString()} ${vm.name}: ${from?.name ?? 'unknown'} -> ${to?.name ?? 'unknown'}`);
  });

// Both share one session. `verifiedAt` moves with every answer; here only what a person wants to hear.
let said = '';
events.pipe(freshness()).subscribe(({ vcenter, state, reason }) => {
  const line = `${vcenter} ${state}: ${reason}`;
  if (line !== said) console.error(line);
  said = line;
});
