/** The text of a kubeconfig (JSON, which is YAML) with one cluster, one user and one context. */
export function kubeconfig({ url, ca, token }: { url: string; ca: string; token: string }): string {
  const name = 'peer';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
