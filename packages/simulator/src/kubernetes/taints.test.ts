import { assert, suite } from '@vcenter-listener/test-support';
import type { Json } from './json.ts';
import { at, type Client, NODES_PATH, withSimulator } from './testing/client.ts';

const x = { key: 'x', effect: 'NoSchedule' };
const y = { key: 'y', value: 'v', effect: 'NoExecute' };

const put = (client: Client, taints: Json, manager: string) =>
  client.mergePatch(`${NODES_PATH}/n1?fieldManager=${manager}`, { spec: { taints } });

/** Who owns the taints. */
function owners(body: Json): string[] {
  const entries = at(body, 'metadata', 'managedFields') as Json[];
  return entries
    .filter((entry) => at(entry, 'fieldsV1', 'f:spec', 'f:taints'))
    .map((entry) => String(at(entry, 'manager')));
}

suite('kubernetes taints', (test) => {
  test('whoever changes the list owns all of it, until it is empty', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('n1');
      const first = await put(client, [x], 'a');
      assert.equal([at(first.body, 'spec', 'taints'), owners(first.body)], [[x], ['a']]);
      const second = await put(client, [x, y], 'b');
      assert.equal([at(second.body, 'spec', 'taints'), owners(second.body)], [[x, y], ['b']]);
      const same = await put(client, [x, y], 'a');
      assert.equal(owners(same.body), ['b']);
      const empty = await put(client, [], 'a');
      assert.equal([at(empty.body, 'spec', 'taints'), owners(empty.body)], [undefined, []]);
      assert.equal(simulator.node('n1')?.taints, []);
    }));

  test('keeps what a taint can have, if it is not empty', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      simulator.addNode('n1');
      await put(client, [{ ...x, value: '', timeAdded: '2026-01-01T00:00:00Z', unknown: 1 }], 'a');
      assert.equal(simulator.node('n1')?.taints, [{ ...x, timeAdded: '2026-01-01T00:00:00Z' }]);
    }));

  const wrong: [string, Json, string][] = [
    [
      'two of one key and effect',
      [x, { ...x, value: 'v' }],
      'metadata.taints[1]: Duplicate value: {"Key":"x","Value":"v","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
    ],
    [
      'an effect that there is not',
      [{ key: 'x', effect: 'Nope' }],
      'metadata.taints[0].effect: Unsupported value: "Nope": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
    ['no effect', [{ key: 'x' }], 'metadata.taints[0].effect: Required value'],
    ['an illegal key', [{ ...x, key: 'x y' }], 'metadata.taints[0].key: Invalid value: "x y": name part must consist'],
    [
      'an illegal value',
      [{ ...x, value: 'a b' }],
      'metadata.taints[0].value: Invalid value: "a b": a valid label must',
    ],
    ['no list', {}, 'json: cannot unmarshal object into Go struct field NodeSpec.spec.taints of type []v1.Taint'],
  ];
  for (const [what, taints, message] of wrong) {
    test(`refuses ${what}`, ({ signal }) =>
      withSimulator(signal, async (client, simulator) => {
        simulator.addNode('n1');
        const { status, body } = await put(client, taints, 'a');
        assert.is(status, 422);
        assert.match(String(body.message), message);
      }));
  }
});
