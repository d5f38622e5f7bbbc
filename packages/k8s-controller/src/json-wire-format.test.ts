import { assert, suite } from '@vcenter-listener/test-support';
import { MalformedAnswerError } from './errors.ts';
import { JsonWireFormat } from './json-wire-format.ts';
import { bookmark, frame, outlineNode, wholeNode } from './testing/nodes.ts';

const format = new JsonWireFormat({ fieldManager: 'ours', labelKeys: ['esx-node', 'zone'], annotationKeys: ['note'] });
const n1 = { name: 'n1', resourceVersion: '7', labels: { 'esx-node': 'ESX-ä-🦊', other: 'x' } };
const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
const n1Decoded = {
  name: 'n1',
  uid: 'uid-of-n1',
  resourceVersion: '7',
  labels: { 'esx-node': 'ESX-ä-🦊' },
  annotations: {},
  ownedLabels: [],
};
const rest = { taints: [notReady], signature: '' };
const text = (value: unknown) => Buffer.from(JSON.stringify(value));

suite('JsonWireFormat', (test) => {
  test('reads of a Node what is wanted', () => {
    assert.equal(format.node(text(wholeNode(n1))), {
      ...n1Decoded,
      providerID: 'vsphere://n1',
      systemUUID: 'system-n1',
      ...rest,
    });
  });

  test('reads taints, the annotations that are asked for, and labels that we own', () => {
    const node = wholeNode(n1);
    const fieldsV1 = { 'f:metadata': { 'f:labels': { 'f:other': {} } } };
    const metadata = {
      ...node.metadata,
      annotations: { note: 'a', more: 'b' },
      managedFields: [{ manager: 'ours', operation: 'Update', fieldsV1 }],
    };
    const taints = [{ key: 'a', value: 'b', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' }, notReady];
    const read = format.node(text({ ...node, metadata, spec: { taints } }));
    assert.equal([read.annotations, read.ownedLabels, read.taints], [{ note: 'a' }, ['other'], taints]);
    assert.equal(read.labels, { 'esx-node': 'ESX-ä-🦊', other: 'x' });
  });

  test('Nodes share what is empty', () => {
    const [one, two] = [wholeNode({ name: 'n1' }), wholeNode({ name: 'n2' })].map((node) =>
      format.node(text({ ...node, spec: {} })),
    );
    assert.ok(one?.labels === two?.labels && one?.annotations === two?.annotations);
    assert.ok(one?.ownedLabels === two?.ownedLabels && one?.taints === two?.taints);
  });

  test('what is empty or missing is undefined', () => {
    const { providerID, systemUUID } = format.node(text(wholeNode({ name: 'n1', providerID: '', systemUUID: '' })));
    assert.equal([providerID, systemUUID], [undefined, undefined]);
    const { metadata } = wholeNode(n1);
    assert.is(format.node(text({ metadata })).providerID, undefined);
  });

  test('reads a page of a list', () => {
    const page = format.page(text({ metadata: { resourceVersion: '9', continue: 'more' }, items: [wholeNode(n1)] }));
    assert.equal([page.resourceVersion, page.continueToken, page.nodes.length], ['9', 'more', 1]);
    const last = format.page(text({ metadata: { resourceVersion: '9' }, items: [] }));
    assert.equal(last, { resourceVersion: '9', continueToken: '', nodes: [] });
  });

  test('tells from managedFields what was set since the Node was made', () => {
    const decode = (object: unknown) => {
      const [event] = format.outlineWatch().push(Buffer.from(frame('MODIFIED', object)));
      assert.ok(event?.type === 'MODIFIED');
      return [event.node.setsProviderID, event.node.setsSystemUUID];
    };
    assert.equal(decode(outlineNode(n1)), [false, false]);
    assert.equal(decode(outlineNode({ ...n1, sets: ['providerID'] })), [true, false]);
    assert.equal(decode(outlineNode({ ...n1, sets: ['systemUUID'] })), [false, true]);
    const { managedFields, ...metadata } = outlineNode(n1).metadata;
    assert.equal(decode({ metadata }), [true, true], 'without managedFields it is not known');
  });

  for (const [what, body] of [
    ['cut JSON', '{"kind":"Node"'],
    ['no object', '[]'],
    ['no name', '{"metadata":{"uid":"u","resourceVersion":"1"}}'],
    ['no uid', '{"metadata":{"name":"n","resourceVersion":"1"}}'],
    ['no resourceVersion', '{"metadata":{"name":"n","uid":"u"}}'],
  ] as const) {
    test(`refuses a Node with ${what}`, () => {
      assert.throws(() => format.node(Buffer.from(body)), isMalformed);
    });
  }
});

suite('JsonWireFormat.watch', (test) => {
  const stream = Buffer.from(
    frame('ADDED', wholeNode(n1)) +
      bookmark('8', { end: true }) +
      frame('DELETED', wholeNode({ name: 'ñ2' })) +
      frame('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }),
  );
  const expected = [
    { type: 'ADDED', node: { ...n1Decoded, providerID: 'vsphere://n1', systemUUID: 'system-n1', ...rest } },
    { type: 'BOOKMARK', resourceVersion: '8', initialEventsEnd: true },
    {
      type: 'DELETED',
      node: {
        name: 'ñ2',
        uid: 'uid-of-ñ2',
        resourceVersion: '1',
        labels: {},
        annotations: {},
        ownedLabels: [],
        providerID: 'vsphere://ñ2',
        systemUUID: 'system-ñ2',
        ...rest,
      },
    },
    {
      type: 'ERROR',
      status: { code: 410, reason: 'Expired', message: 'too old', fields: [], retryAfterSeconds: undefined },
    },
  ];

  test('reads the same events wherever the stream is cut in two', () => {
    for (let at = 0; at <= stream.length; at++) {
      const decoder = format.watch();
      const events = [...decoder.push(stream.subarray(0, at)), ...decoder.push(stream.subarray(at))];
      assert.equal(events, expected, `cut at byte ${at}`);
      decoder.end();
    }
  });

  test('reads the same events from single bytes', () => {
    const decoder = format.watch();
    assert.equal(
      [...stream].flatMap((byte) => [...decoder.push(Buffer.of(byte))]),
      expected,
    );
  });

  test('does not wait for the next event to give one', () => {
    const decoder = format.watch();
    assert.is([...decoder.push(Buffer.from(bookmark('1')))].length, 1);
  });

  test('complains about an end in the middle of an event', () => {
    const decoder = format.watch();
    assert.is([...decoder.push(stream.subarray(0, 20))].length, 0);
    assert.throws(() => decoder.end(), isMalformed);
  });

  for (const [what, line] of [
    ['an event of an unknown type', '{"type":"RENAMED","object":{}}\n'],
    ['an event that is no JSON', 'upstream timed out\n'],
    ['a bookmark without a resourceVersion', '{"type":"BOOKMARK","object":{}}\n'],
    ['an event without an object', '{"type":"ADDED"}\n'],
  ] as const) {
    test(`refuses ${what}`, () => {
      assert.throws(() => [...format.watch().push(Buffer.from(line))], isMalformed);
    });
  }

  test('refuses an event without an end before it fills the memory', () => {
    const decoder = format.watch();
    const piece = Buffer.alloc(1024 * 1024, 'x');
    assert.throws(() => {
      for (let i = 0; i < 17; i++) for (const _ of decoder.push(piece));
    }, isMalformed);
  });
});

function isMalformed(error: unknown): boolean {
  return error instanceof MalformedAnswerError;
}
