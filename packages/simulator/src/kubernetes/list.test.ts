import { assert, suite } from '@vcenter-listener/test-support';
import { asObject, asString } from './json.ts';
import { at, NODES_PATH, names, withSimulator } from './testing/client.ts';

const next = (token: unknown) => `${NODES_PATH}?limit=2&continue=${encodeURIComponent(String(token))}`;

suite('kubernetes pages', (test) => {
  test('the pages of a list show it as it was at the first one', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      for (const name of ['a', 'b', 'c', 'd', 'e']) simulator.addNode(name);
      const first = (await client.get(`${NODES_PATH}?limit=2`)).body;
      const { resourceVersion, continue: token, remainingItemCount } = asObject(first.metadata);
      assert.is(remainingItemCount, 3);
      simulator.removeNode('c');
      simulator.addNode('aa');
      simulator.addNode('cc');
      simulator.setNode('d', { labels: { new: 'yes' } });
      const second = (await client.get(next(token))).body;
      const third = (await client.get(next(at(second, 'metadata', 'continue')))).body;
      assert.equal([first, second, third].flatMap(names), ['a', 'b', 'c', 'd', 'e']);
      assert.not.ok(JSON.stringify(second).includes('"new":"yes"'));
      assert.is(at(third, 'metadata', 'resourceVersion'), resourceVersion);
      assert.is(at(third, 'metadata', 'continue'), undefined);
    }));

  test('a token whose past is gone is expired, and says how to go on', ({ signal }) =>
    withSimulator(signal, async (client, simulator) => {
      for (const name of ['a', 'b', 'c', 'd', 'e']) simulator.addNode(name);
      const first = (await client.get(`${NODES_PATH}?limit=2`)).body;
      simulator.removeNode('d');
      simulator.compact();
      const { status, body } = await client.get(next(at(first, 'metadata', 'continue')));
      assert.is(status, 410);
      assert.is(body.reason, 'Expired');
      const rest = await client.get(next(at(body, 'metadata', 'continue')));
      assert.equal(names(rest.body), ['c', 'e']);
    }));

  test('the history ends where its limit says', ({ signal }) =>
    withSimulator(
      signal,
      async (client, simulator) => {
        for (const name of ['a', 'b', 'c']) simulator.addNode(name);
        const { continue: token } = asObject((await client.get(`${NODES_PATH}?limit=2`)).body.metadata);
        for (const beat of ['1', '2', '3']) simulator.setNode('a', { labels: { beat } });
        assert.is((await client.get(next(token))).status, 200);
        simulator.setNode('a', { labels: { beat: '4' } });
        assert.is((await client.get(next(token))).status, 410);
      },
      { history: 3 },
    ));

  test('the server may cap its pages', ({ signal }) =>
    withSimulator(
      signal,
      async (client, simulator) => {
        for (const name of ['a', 'b', 'c']) simulator.addNode(name);
        const { body } = await client.get(`${NODES_PATH}?limit=500`);
        assert.equal(names(body), ['a', 'b']);
        assert.equal(names((await client.get(next(at(body, 'metadata', 'continue')))).body), ['c']);
      },
      { pageLimit: 2 },
    ));

  const refused: [string, number, string][] = [
    ['limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['continue=abc', 400, 'invalid continue token'],
    ['resourceVersion=x', 400, 'invalid resource version: resourceVersion: Invalid value: "x"'],
    ['resourceVersion=99', 504, 'Timeout: Too large resource version: 99, current: 1'],
    ['sendInitialEvents=true', 422, 'sendInitialEvents is forbidden for list'],
    ['resourceVersionMatch=NotOlderThan', 422, 'resourceVersionMatch is forbidden unless resourceVersion is provided'],
    ['labelSelector=-x', 400, 'unable to parse requirement'],
    ['fieldSelector=spec.providerID%3Dx', 400, 'field label not supported: spec.providerID'],
  ];
  test('a query that makes no sense is refused', ({ signal }) =>
    withSimulator(signal, async (client) => {
      for (const [query, status, message] of refused) {
        const reply = await client.get(`${NODES_PATH}?${query}`);
        assert.is(reply.status, status, query);
        assert.ok(asString(reply.body.message).includes(message), `${query}: ${reply.body.message}`);
      }
    }));
});
