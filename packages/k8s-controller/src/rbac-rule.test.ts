import { assert, suite } from '@vcenter-listener/test-support';
import { type RequestLine, rbacRuleFor } from './rbac-rule.ts';

suite('rbacRuleFor', (test) => {
  const table: [RequestLine, string | undefined][] = [
    [{ method: 'GET', path: '/api/v1/nodes' }, '{apiGroups: [""], resources: ["nodes"], verbs: ["list"]}'],
    [
      { method: 'GET', path: '/api/v1/nodes', watch: true },
      '{apiGroups: [""], resources: ["nodes"], verbs: ["watch"]}',
    ],
    [{ method: 'GET', path: '/api/v1/nodes/n1' }, '{apiGroups: [""], resources: ["nodes"], verbs: ["get"]}'],
    [
      { method: 'PATCH', path: '/api/v1/nodes/n1/status' },
      '{apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"]}',
    ],
    [{ method: 'GET', path: '/api/v1/namespaces/x' }, '{apiGroups: [""], resources: ["namespaces"], verbs: ["get"]}'],
    [
      { method: 'PUT', path: '/apis/coordination.k8s.io/v1/namespaces/x/leases/y' },
      '{apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["update"]} in namespace "x"',
    ],
    [
      { method: 'POST', path: '/apis/events.k8s.io/v1/namespaces/x/events' },
      '{apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create"]} in namespace "x"',
    ],
    [
      { method: 'DELETE', path: '/apis/apps/v1/namespaces/x/deployments/y' },
      '{apiGroups: ["apps"], resources: ["deployments"], verbs: ["delete"]} in namespace "x"',
    ],
    [{ method: 'GET', path: '/version' }, undefined],
    [{ method: 'GET', path: '/api/v1' }, undefined],
  ];
  for (const [line, rule] of table) {
    test(`${line.method} ${line.path}${line.watch ? ' (watch)' : ''}: ${rule ?? 'no resource'}`, () => {
      assert.is(rbacRuleFor(line), rule);
    });
  }
});
