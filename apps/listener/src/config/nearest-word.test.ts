import { assert, suite } from '@vcenter-listener/test-support';
import { nearestWord } from './nearest-word.ts';

const words = ['host.name', 'host.moid', 'cluster.name', 'off'];
const table: [text: string, word: string | undefined][] = [
  ['host.nme', 'host.name'],
  ['hostname', 'host.name'],
  ['HOST.MOID', 'host.moid'],
  ['clustername', 'cluster.name'],
  ['of', 'off'],
  ['on', undefined],
  ['datacenter', undefined],
  ['', undefined],
];

suite('nearestWord', (test) => {
  for (const [text, word] of table) test(`"${text}" means ${word}`, () => assert.is(nearestWord(text, words), word));
});
