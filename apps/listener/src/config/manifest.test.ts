import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { assert, suite } from '@vcenter-listener/test-support';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { leaseName } from './listener-config.ts';
import { readConfig } from './read-config.ts';

const manifest = readFileSync(new URL('../../../../deploy/kubernetes.yaml', import.meta.url), 'utf8');
const objects = parseAllDocuments(manifest).map((document) => document.toJS());

/** The object of this kind in the namespace of the program, read as far as a test needs it. */
function find<T>(kind: string, schema: z.ZodType<T>): T {
  const isIt = z.object({ kind: z.literal(kind), metadata: z.object({ namespace: z.literal('vcenter-listener') }) });
  return schema.parse(objects.find((object) => isIt.safeParse(object).success));
}

const configMap = find('ConfigMap', z.object({ data: z.object({ 'config.yaml': z.string() }) }));
const mount = z.object({ name: z.string(), mountPath: z.string(), subPath: z.undefined().optional() });
const container = z.object({
  args: z.array(z.string()),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
  volumeMounts: z.array(mount),
});
const { spec } = find(
  'Deployment',
  z.object({ spec: z.object({ template: z.object({ spec: z.object({ containers: z.array(container) }) }) }) }),
);
const [program] = spec.template.spec.containers;
const role = find(
  'Role',
  z.object({ rules: z.array(z.object({ verbs: z.array(z.string()), resourceNames: z.array(z.string()).optional() })) }),
);

suite('deploy/kubernetes.yaml', (test) => {
  const directory = mkdtempSync(join(tmpdir(), 'manifest-test-'));
  test.after(() => rmSync(directory, { recursive: true }));

  /** The Pod's files, below a directory of ours. */
  const pod = () => {
    for (const { mountPath } of program?.volumeMounts ?? []) mkdirSync(directory + mountPath, { recursive: true });
    const file = directory + program?.args.at(-1);
    writeFileSync(file, configMap.data['config.yaml'].replaceAll('File: /', `File: ${directory}/`));
    for (const name of ['username', 'password']) writeFileSync(`${directory}/etc/vcenter-credentials/${name}`, name);
    return readConfig({ file, environment: { KUBERNETES_SERVICE_HOST: '10.0.0.1' } });
  };

  test('has a configuration that is right, with the credentials of the mounted Secret', async () => {
    const { vcenters } = pod();
    assert.equal(await vcenters[0]?.credentials(), { username: 'username', password: 'password' });
    assert.equal(program?.args.slice(0, 2), ['run', '--config']);
    const mounted = program?.volumeMounts.map(({ mountPath }) => mountPath) ?? [];
    assert.ok(mounted.includes(dirname(program?.args[2] ?? '')));
    assert.is(basename(program?.args[2] ?? ''), 'config.yaml');
  });

  test('allows the Lease of each vCenter of it, and of no other', () => {
    const allowed = role.rules.flatMap(({ resourceNames = [] }) => resourceNames);
    assert.equal(
      allowed,
      pod().vcenters.map(({ name }) => leaseName(name)),
    );
    assert.equal(
      role.rules.filter(({ resourceNames }) => !resourceNames).map(({ verbs }) => verbs),
      [['create']],
    );
  });

  test('sends the probes to where the program listens', () => {
    const { http } = pod();
    assert.equal(http, { host: '0.0.0.0', port: program?.ports[0]?.containerPort });
    assert.is(program?.ports[0]?.name, 'http');
  });
});
